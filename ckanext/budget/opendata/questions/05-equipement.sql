-- title_fr: Comment évoluent les dépenses d'équipement ?
-- title_en: How does equipment spending change?
-- text_fr: Dépenses d'équipement brut. Communes et intercommunalités sont comptées à part : un habitant d'une commune est aussi habitant de son intercommunalité. Le nombre de collectivités change d'une année à l'autre : comparez les euros par habitant plutôt que les totaux.
-- text_en: Gross equipment expenditure. Communes and intercommunal bodies are counted apart: an inhabitant of a commune is one of its intercommunal body too. The number of bodies changes from a year to the next: compare euros per inhabitant rather than totals.
-- stages: execute
-- budgets: principal
-- bodies: commune epci
-- label: type_collectivite exercice
-- value: euros_par_habitant
SELECT d.type_collectivite, d.exercice, sum(i.valeur) AS euros, count(DISTINCT d.siren) AS collectivites,
  round(sum(i.valeur) FILTER (d.population > 0) / sum(d.population) FILTER (d.population > 0), 2) AS euros_par_habitant
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE {champ}
  AND i.indicateur = 'equipment_expenditure'
GROUP BY d.type_collectivite, d.exercice
ORDER BY d.type_collectivite, d.exercice
