package dashboards

// mostOnWall is how many KPIs a wall screen or a phone shows.
const mostOnWall = 6

// wall is for screens that are looked at in passing: how many KPIs have which status, and the worst of them.
func wall() dashboard {
	all, shown := scope(`kpi=~"$kpi"`), scope(`kpi=~"$shown"`)
	var g grid
	g.add(24, 5, statusCounts(all, textSizes{TitleSize: 12, ValueSize: 44}))
	p := tile(shown, "${shown}", "${shown:text}", "One of the most urgent KPIs: value, status, target and change.", textSizes{TitleSize: 20, ValueSize: 64})
	p.Repeat, p.RepeatDirection, p.MaxPerRow = "shown", "h", 3
	g.add(24, 8, p)
	variables := overviewVariables(all, mostOnWall)
	for i := range variables {
		variables[i].Hide = hidden // Set in the address, as in ?var-owner=growth.
	}
	d := g.build(wallUID, "KPI wall", "For wall screens and phones: the counts and the worst six.", variables...)
	d.Links = []link{boardLink("Overview", overviewUID)}
	return d
}
