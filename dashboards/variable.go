package dashboards

// source is the data source that the reader picked. Its type is fixed, its name is not.
func source() datasource { return datasource{Type: "prometheus", UID: "${datasource}"} }

func datasourceVariable() variable {
	return variable{
		Type: "datasource", Name: "datasource", Label: "Data source", Query: "prometheus", Refresh: onLoad,
		Description: "The Prometheus that scrapes the exporter.",
	}
}

// When a variable looks for its values.
const (
	onLoad      = 1
	onTimeRange = 2
)

// How a variable sorts its values.
const (
	asFound      = 0
	alphabetical = 1
	caseless     = 5
)

// The kinds of a variable's query, as the Prometheus data source numbers them.
const (
	labelValues = 1
	queryResult = 3
)

const (
	hidden     = 2
	everything = "$__all"
	anyText    = ".*" // Matches KPIs that lack the label too.
)

// filter offers the values of a label; several may be picked, and all are unless first says otherwise.
func filter(name, label, query, description, first string) variable {
	v := variable{
		Type: "query", Name: name, Label: label, Description: description, Datasource: new(source()),
		Query:   variableQuery{Type: labelValues, Query: query, RefID: "variable"},
		Refresh: onTimeRange, Sort: alphabetical, Multi: true, IncludeAll: true, AllValue: anyText,
		Current: &selection{Text: []string{"All"}, Value: []string{everything}},
	}
	if first != "" {
		v.Current = &selection{Text: []string{first}, Value: []string{first}}
	}
	return v
}

// titled offers the KPIs of an expression with the labels kpi and title, by their titles.
func titled(name, label, expr, description string, sort int) variable {
	return variable{
		Type: "query", Name: name, Label: label, Description: description, Datasource: new(source()),
		Query:   variableQuery{Type: queryResult, Query: "query_result(" + expr + ")", RefID: "variable"},
		Regex:   `/kpi="(?<value>[^"]+)",title="(?<text>[\s\S]*)"\} /`,
		Refresh: onTimeRange, Sort: sort,
	}
}

// instance is an exporter, for links to its own page; of several, any.
func instance() variable {
	return variable{
		Type: "query", Name: "instance", Label: "Exporter", Description: "The exporter whose page is linked.", Datasource: new(source()),
		Query:   variableQuery{Type: labelValues, Query: "label_values(kpi_info, instance)", RefID: "variable"},
		Refresh: onTimeRange, Sort: alphabetical, Hide: hidden, SkipURLSync: true,
	}
}

// several lets a variable have several values, all of them at first.
func several(v variable) variable {
	v.Multi, v.IncludeAll = true, true
	v.Current = &selection{Text: []string{"All"}, Value: []string{everything}}
	return v
}
