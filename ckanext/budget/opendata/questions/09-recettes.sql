-- title_fr: D'où vient l'argent ?
-- title_en: Where does the money come from?
-- text_fr: Recettes réelles de l'année, par catégorie.
-- text_en: Real receipts of the year, by category.
-- stages: execute
-- budgets: principal
-- bodies: all
-- label: categorie
-- value: euros
SELECT t.categorie, sum(t.realise) AS euros, count(DISTINCT d.siren) AS collectivites
FROM totaux t
JOIN documents d USING (ressource)
WHERE {champ}
  AND t.exercice = {exercice} AND t.sens = 'recette' AND t.mouvement = 'reel'
GROUP BY t.categorie
HAVING sum(t.realise) <> 0
ORDER BY euros DESC
