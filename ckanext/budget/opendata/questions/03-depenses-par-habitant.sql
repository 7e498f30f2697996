-- title_fr: Combien les communes dépensent-elles par habitant, selon leur taille ?
-- title_en: How much do communes spend per inhabitant, by size?
-- text_fr: Dépenses réelles de fonctionnement par habitant. La médiane partage les communes publiées en deux moitiés ; rien n'est extrapolé aux autres.
-- text_en: Real operating expenditure per inhabitant. Half of the published communes are under the median; nothing is extrapolated to the others.
-- stages: execute
-- budgets: principal
-- bodies: commune
-- label: population_minimum
-- value: mediane
SELECT
  CASE WHEN d.population < 500 THEN 0 WHEN d.population < 2000 THEN 500
       WHEN d.population < 10000 THEN 2000 WHEN d.population < 50000 THEN 10000
       ELSE 50000 END AS population_minimum,
  count(*) AS collectivites,
  round(quantile_cont(i.valeur / d.population, 0.25), 2) AS premier_quart,
  round(median(i.valeur / d.population), 2) AS mediane,
  round(quantile_cont(i.valeur / d.population, 0.75), 2) AS troisieme_quart
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE {champ} AND d.population > 0
  AND d.exercice = {exercice} AND i.indicateur = 'real_operating_expenditure'
GROUP BY population_minimum
ORDER BY population_minimum
