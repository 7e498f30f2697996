-- title_fr: Quelle part des dépenses de fonctionnement va au personnel ?
-- title_en: What share of operating expenditure is staff?
-- text_fr: Dépenses de personnel divisées par les dépenses réelles de fonctionnement, en pourcentage, par type de collectivité.
-- text_en: Staff spending divided by real operating expenditure, in percent, by kind of body.
-- stages: execute
-- budgets: principal
-- bodies: all
-- label: type_collectivite
-- value: pourcent
WITH valeurs AS (
  SELECT ressource,
    max(valeur) FILTER (indicateur = 'staff_spending') AS personnel,
    max(valeur) FILTER (indicateur = 'real_operating_expenditure') AS depenses
  FROM indicateurs
  WHERE exercice = {exercice}
  GROUP BY ressource
)
SELECT d.type_collectivite, count(*) AS collectivites, sum(v.personnel) AS personnel,
  sum(v.depenses) AS depenses, round(100 * sum(v.personnel) / sum(v.depenses), 1) AS pourcent
FROM valeurs v
JOIN documents d USING (ressource)
WHERE {champ}
  AND v.personnel IS NOT NULL AND v.depenses > 0
GROUP BY d.type_collectivite
ORDER BY pourcent DESC
