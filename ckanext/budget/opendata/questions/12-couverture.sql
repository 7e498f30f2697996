-- title_fr: Que contient le jeu de données ?
-- title_en: What does the dataset hold?
-- text_fr: Documents et collectivités publiés, par exercice et étape.
-- text_en: Published documents and bodies, by fiscal year and stage.
-- stages: all
-- budgets: all
-- bodies: all
-- label: exercice etape
-- value: documents
SELECT exercice, etape, count(*) AS documents, count(DISTINCT siren) AS collectivites,
  sum(lignes) AS lignes
FROM documents
GROUP BY exercice, etape
ORDER BY exercice DESC, etape
