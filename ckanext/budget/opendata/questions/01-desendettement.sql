-- title_fr: Quelles communes ont plus de douze ans de désendettement ?
-- title_en: Which communes need more than twelve years to pay back their debt?
-- text_fr: Nombre d'années d'épargne brute (ventes de biens à part) qu'il faudrait pour rembourser la dette. Au-delà de douze ans, l'alerte est d'usage. Une commune dont l'annexe de la dette manque n'y est pas.
-- text_en: Years of gross saving (sales of property apart) that it would take to pay back the debt. Above twelve, communes are usually warned. A commune without its annex of debt is not here.
-- stages: execute
-- budgets: principal
-- bodies: commune
-- label: collectivite
-- value: annees
SELECT d.collectivite, d.population, i.valeur AS annees
FROM indicateurs i
JOIN documents d USING (ressource)
WHERE {champ} AND d.exercice = {exercice}
  AND i.indicateur = 'debt_capacity_years' AND i.valeur > 12
ORDER BY annees DESC
