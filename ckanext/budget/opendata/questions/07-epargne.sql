-- title_fr: Quel taux d'épargne brute selon le type de collectivité ?
-- title_en: What gross saving rate, by kind of body?
-- text_fr: Part des recettes de fonctionnement qui reste après les dépenses, en pourcentage, ventes de biens (775) à part. La médiane partage les comptes en deux moitiés.
-- text_en: Share of operating receipts left after expenditure, in percent, sales of property (775) apart. Half of the accounts are under the median.
-- stages: execute
-- budgets: principal
-- bodies: all
-- label: type_collectivite
-- value: taux_median
SELECT d.type_collectivite, count(*) AS collectivites,
  round(median(i.valeur), 2) AS taux_median, min(i.valeur) AS taux_minimum, max(i.valeur) AS taux_maximum
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE {champ}
  AND d.exercice = {exercice} AND i.indicateur = 'gross_saving_rate'
GROUP BY d.type_collectivite
ORDER BY taux_median DESC
