-- title_fr: Quels organismes reçoivent le plus de subventions ?
-- title_en: Which organisations receive the most grants?
-- text_fr: Annexe des subventions. Seuls les organismes que le document désigne par leur SIRET sont comptés : les personnes sont occultées. Les cinquante premiers.
-- text_en: Annex of grants. Only organisations that the document names by their SIRET count: people are masked. The first fifty.
-- stages: execute
-- budgets: all
-- bodies: all
-- label: beneficiaire
-- value: euros
SELECT any_value(s.beneficiaire) AS beneficiaire, s.siret_beneficiaire,
  sum(s.montant) AS euros, count(DISTINCT s.siren) AS collectivites
FROM subventions s
JOIN documents d USING (ressource)
WHERE {champ} AND s.exercice = {exercice}
  AND s.siret_beneficiaire <> '' AND s.montant > 0
GROUP BY s.siret_beneficiaire
ORDER BY euros DESC
LIMIT 50
