-- title_fr: Quel taux d'épargne brute selon le type de collectivité ?
-- title_en: What gross saving rate, by kind of body?
-- text_fr: Part des recettes de fonctionnement qui reste après les dépenses, en pourcentage : médiane des comptes exécutés publiés.
-- text_en: Share of operating receipts left after expenditure, in percent: median of the published accounts.
-- label: type_collectivite
-- value: mediane
SELECT d.type_collectivite, count(*) AS collectivites,
  round(median(i.valeur), 2) AS mediane, min(i.valeur) AS minimum, max(i.valeur) AS maximum
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = 'execute' AND d.type_budget = 'principal'
  AND d.exercice = {exercice} AND i.indicateur = 'gross_saving_rate'
GROUP BY d.type_collectivite
ORDER BY mediane DESC
