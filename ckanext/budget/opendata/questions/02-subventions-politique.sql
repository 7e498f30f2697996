-- title_fr: À quoi servent les subventions et contributions versées ?
-- title_en: What do the grants and contributions paid serve?
-- text_fr: Aides, subventions et contributions payées, par politique publique. Seules les collectivités dont le compte porte de telles dépenses sont comptées. Une commune de moins de 3 500 habitants ne dit pas toujours la politique : ses aides sont alors « non renseignées ».
-- text_en: Aid, grants and contributions paid, by public policy. Only bodies whose account has such spending count. A commune under 3,500 inhabitants need not tell the policy: its aid is then "untold".
-- stages: execute
-- budgets: principal
-- bodies: all
-- label: politique
-- value: euros
SELECT t.politique, sum(t.realise) AS euros, count(DISTINCT d.siren) AS collectivites
FROM totaux t
JOIN documents d USING (ressource)
WHERE {champ}
  AND t.exercice = {exercice} AND t.categorie = 'support'
GROUP BY t.politique
HAVING sum(t.realise) <> 0
ORDER BY euros DESC
