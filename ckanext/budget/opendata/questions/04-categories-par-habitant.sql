-- title_fr: Où va l'argent des communes, en euros par habitant ?
-- title_en: Where does the money of communes go, in euros per inhabitant?
-- text_fr: Dépenses réelles des communes publiées, par catégorie, divisées par leurs habitants. Écritures internes et résultats reportés exclus.
-- text_en: Real expenditure of the published communes, by category, divided by their inhabitants. Book entries and former results are left out.
-- stages: execute
-- budgets: principal
-- bodies: commune
-- label: categorie
-- value: euros_par_habitant
WITH retenus AS (
  SELECT d.* FROM documents d
  WHERE {champ} AND d.population > 0 AND d.exercice = {exercice}
)
SELECT t.categorie,
  round(sum(t.realise) / (SELECT sum(population) FROM retenus), 2) AS euros_par_habitant,
  sum(t.realise) AS euros
FROM totaux t
JOIN retenus USING (ressource)
WHERE t.exercice = {exercice} AND t.sens = 'dépense' AND t.mouvement = 'reel'
GROUP BY t.categorie
HAVING sum(t.realise) <> 0
ORDER BY euros DESC
