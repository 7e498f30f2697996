-- title_fr: Combien les communes dépensent-elles par habitant, selon leur taille ?
-- title_en: How much do communes spend per inhabitant, by size?
-- text_fr: Dépenses réelles de fonctionnement du budget principal, par habitant. La médiane partage les communes publiées en deux moitiés ; rien n'est extrapolé aux autres.
-- text_en: Real operating expenditure of the main budget, per inhabitant. Half of the published communes are under the median; nothing is extrapolated to the others.
-- label: strate
-- value: mediane
SELECT
  CASE WHEN d.population < 500 THEN '1. moins de 500'
       WHEN d.population < 2000 THEN '2. de 500 à 1 999'
       WHEN d.population < 10000 THEN '3. de 2 000 à 9 999'
       WHEN d.population < 50000 THEN '4. de 10 000 à 49 999'
       ELSE '5. 50 000 et plus' END AS strate,
  count(*) AS collectivites,
  round(quantile_cont(i.valeur / d.population, 0.25), 2) AS premier_quart,
  round(median(i.valeur / d.population), 2) AS mediane,
  round(quantile_cont(i.valeur / d.population, 0.75), 2) AS troisieme_quart
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE d.reference = 'execute' AND d.type_budget = 'principal'
  AND d.type_collectivite = 'commune' AND d.population > 0
  AND d.exercice = {exercice} AND i.indicateur = 'real_operating_expenditure'
GROUP BY strate
ORDER BY strate
