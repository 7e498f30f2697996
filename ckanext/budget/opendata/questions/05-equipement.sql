-- title_fr: Comment évoluent les dépenses d'équipement ?
-- title_en: How does equipment spending change?
-- text_fr: Dépenses d'équipement brut des comptes exécutés publiés, budgets principaux. Le nombre de collectivités change d'une année à l'autre : comparez les euros par habitant plutôt que les totaux.
-- text_en: Gross equipment expenditure of the published accounts, main budgets. The number of bodies changes from a year to the next: compare euros per inhabitant rather than totals.
-- label: exercice
-- value: euros
SELECT d.exercice, sum(i.valeur) AS euros, count(*) AS collectivites,
  round(sum(i.valeur) FILTER (d.population > 0) / sum(d.population), 2) AS euros_par_habitant
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = 'execute' AND d.type_budget = 'principal'
  AND d.type_collectivite NOT IN ('region', 'departement')
  AND i.indicateur = 'equipment_expenditure'
GROUP BY d.exercice
ORDER BY d.exercice
