-- title_fr: D'où vient l'argent ?
-- title_en: Where does the money come from?
-- text_fr: Recettes réelles de l'année, comptes exécutés des budgets principaux, par catégorie.
-- text_en: Real receipts of the year, accounts of main budgets, by category.
-- label: categorie
-- value: euros
SELECT t.categorie, sum(t.realise) AS euros, count(DISTINCT d.siren) AS collectivites
FROM totaux t
JOIN documents d USING (ressource)
WHERE d.reference = 'execute' AND d.type_budget = 'principal'
  AND t.exercice = {exercice} AND t.sens = 'recette' AND t.mouvement = 'reel'
GROUP BY t.categorie
HAVING sum(t.realise) <> 0
ORDER BY euros DESC
