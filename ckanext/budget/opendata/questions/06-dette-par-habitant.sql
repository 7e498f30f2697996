-- title_fr: Quelles collectivités ont la dette la plus élevée par habitant ?
-- title_en: Which bodies have the largest debt per inhabitant?
-- text_fr: Dette propre au 31 décembre (annexe de la dette), divisée par la population. Les cinquante premières.
-- text_en: Own debt on 31 December (annex of debt), divided by the population. The first fifty.
-- stages: execute
-- budgets: principal
-- bodies: all
-- label: collectivite
-- value: euros_par_habitant
SELECT d.collectivite, d.type_collectivite, d.population, i.valeur AS euros,
  round(i.valeur / d.population, 2) AS euros_par_habitant
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE {champ} AND d.population > 0
  AND d.exercice = {exercice} AND i.indicateur = 'debt_outstanding'
ORDER BY euros_par_habitant DESC
LIMIT 50
