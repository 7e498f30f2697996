-- title_fr: À quoi servent les subventions et contributions versées ?
-- title_en: What do the grants and contributions paid serve?
-- text_fr: Aides, subventions et contributions du budget principal, réalisées, par politique publique. Une commune de moins de 3 500 habitants ne dit pas toujours la politique : ses aides sont alors « non renseignées ».
-- text_en: Aid, grants and contributions of main budgets, carried out, by public policy. A commune under 3,500 inhabitants need not tell the policy: its aid is then "untold".
-- label: politique
-- value: euros
SELECT t.politique, sum(t.realise) AS euros, count(DISTINCT d.siren) AS collectivites
FROM totaux t
JOIN documents d USING (ressource)
WHERE d.reference = 'execute' AND d.type_budget = 'principal'
  AND t.exercice = {exercice} AND t.categorie = 'support'
GROUP BY t.politique
HAVING sum(t.realise) <> 0
ORDER BY euros DESC
