-- title_fr: Les budgets votés sont-ils réalisés ?
-- title_en: Are voted budgets carried out?
-- text_fr: Dépenses réelles du compte exécuté, en pourcentage de celles du budget primitif, pour les budgets qui ont publié les deux. Les décisions de l'année (DM, BS) s'ajoutent au budget primitif et ne sont pas comptées ici.
-- text_en: Real expenditure of the account, in percent of the initial budget's, for budgets that published both. Decisions of the year (DM, BS) add to the initial budget and are not counted here.
-- stages: vote execute
-- budgets: principal
-- bodies: all
-- label: section
-- value: pourcent
WITH sommes AS (
  SELECT d.siret, t.section, d.reference,
    sum(CASE WHEN d.reference = 'vote' THEN t.vote ELSE t.realise END) AS euros
  FROM totaux t
  JOIN documents d USING (ressource)
  WHERE {champ}
    AND t.exercice = {exercice} AND t.sens = 'dépense' AND t.mouvement = 'reel'
  GROUP BY d.siret, t.section, d.reference
)
SELECT v.section, count(*) AS collectivites, sum(v.euros) AS vote, sum(e.euros) AS realise,
  round(100 * sum(e.euros) / sum(v.euros), 1) AS pourcent
FROM sommes v
JOIN sommes e ON e.siret = v.siret AND e.section = v.section AND e.reference = 'execute'
WHERE v.reference = 'vote' AND v.euros > 0
GROUP BY v.section
ORDER BY v.section
