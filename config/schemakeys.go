package config

// What the keys of a file hold, as editors show it. The tables of keys say which keys there are, and where.

func fileSchemas(checks []string) map[string]schema {
	return map[string]schema{
		"product":     described("Name of the product.", ref("text")),
		"grafana_url": described("Address of Grafana, for the links in alerts and pages.", schema{"type": "string", "pattern": "^https?://"}),
		"stage":       described("The product's stage of life.", words(stages)),
		"timezone":    described("IANA time zone of all KPIs that name no other, such as Europe/Berlin; UTC by default.", ref("text")),
		"databases":   described("Where the queries run.", ref("database")),
		"include":     described("KPI files of other teams, relative to this one; * matches several.", listOf(ref("text"))),
		"lint": described("What check warns of.", object(lintKeys, map[string]schema{
			"off": described("Rules that are switched off.", listOf(schema{"enum": checks})),
		})),
		"owners":     described("Who answers for KPIs, and how they are reached.", ref("owner")),
		"objectives": described("What the KPIs serve.", ref("objective")),
		"defaults":   described("What the KPIs of this file inherit.", ref("defaults")),
		"queries":    described("SQL that several KPIs read with from; it runs once for all of them.", ref("query")),
		"kpis":       described("The KPIs.", ref("kpi")),
	}
}

func databaseSchemas() map[string]schema {
	return map[string]schema{
		"url":              described("postgres://… or sqlite://file; ${NAME} is replaced from the environment.", ref("text")),
		"url_file":         described("File that holds the URL.", ref("text")),
		"password_file":    described("File that holds the password, beside a url without one.", ref("text")),
		"max_connections":  described("Most connections that the exporter opens to this database; 2 by default.", schema{"type": []string{"integer", "string"}}),
		"session_timezone": described("What columns of timestamps without time zone hold, such as UTC.", ref("text")),
		"data_from":        described("When the data begins: 2024-03-01. Periods that begin earlier have no value.", instantSchema()),
		"data_until":       described("SQL for the one instant up to which the data is complete.", schema{"type": "string"}),
	}
}

func ownerSchemas() map[string]schema {
	return map[string]schema{
		"slack": described("Channel, with its #.", schema{"type": "string", "pattern": "^[#@]"}),
		"email": described("Address for notifications.", schema{"type": "string", "pattern": ".@."}),
	}
}

func objectiveSchemas() map[string]schema {
	return map[string]schema{
		"title":       described("The objective in a few words.", ref("text")),
		"owner":       described("Who answers for it.", ref("text")),
		"description": described("What it means.", ref("text")),
	}
}

// kpiSchemas holds the keys of KPIs, named queries and defaults.
func kpiSchemas() map[string]schema {
	sql := schema{"type": "string"}
	column := ref("text")
	return map[string]schema{
		"title":       described("The KPI in a few words.", ref("text")),
		"description": described("What is counted, and how.", ref("text")),
		"category":    described("The kind of KPI.", words(categories)),
		"objective":   described("Which of the objectives it serves.", ref("text")),
		"owner":       described("Who answers for it.", ref("text")),
		"stages":      described("The stages of a product's life in which it matters.", listOf(words(stages))),
		"level":       described("How far up it is looked at; team by default.", words(levels)),
		"unit":        described("ratio, seconds, points, count, users, currency:EUR, or any word.", ref("text")),
		"better":      described("Which way is better, where no target says it.", words(directions)),

		"query":      described("SQL with the parameters :as_of, :period_start, :period_end, :previous_start, :previous_end, :timezone.", sql),
		"query_file": described("File that holds the SQL.", ref("text")),
		"from":       described("Which of the queries it reads.", ref("text")),
		"formula":    described("Arithmetic over other KPIs and columns of queries: (money.revenue - money.cogs) / money.revenue.", ref("text")),
		"data_until": described("SQL for the one instant up to which the data is complete.", sql),

		"database":   described("Which of the databases it reads.", ref("text")),
		"databases":  described("Several databases: the samples carry the label database.", listOf(ref("text"))),
		"timezone":   described("IANA time zone of its days, such as Europe/Berlin.", ref("text")),
		"period":     described("What it measures: the last complete day, week, …, the last N, a trailing length, the running one, or an instant.", ref("period")),
		"settle":     described("How long to wait for late data: the instant of evaluation is moved back by this.", ref("duration")),
		"week_start": described("First day of the week; monday by default.", words(weekdays)),
		"year_start": described("First month of the year; january by default.", words(months)),
		"fiscal_year": described("Whose name a year that does not begin in January carries, and its quarters, in steps and ramps: "+
			"that of the calendar year in which it starts, or ends.", words(string(namedByStart+" "+namedByEnd))),

		"every":       described("How often it is evaluated.", ref("duration")),
		"cron":        described("When it is evaluated: five fields, in its time zone.", ref("text")),
		"timeout":     described("How long its query may run; 30s by default.", ref("duration")),
		"stale_after": described("After how long without success its value disappears; three intervals by default.", ref("duration")),
		"max_series":  described("The most rows that its query may return; 1000 by default.", schema{"type": []string{"integer", "string"}}),

		"on_empty":       described("What no rows mean: no value (absent, the default), or 0 (zero).", words(emptyWords)),
		"labels":         described("Columns that become labels: [plan], or with their only values {plan: [basic, pro]}.", either(listOf(ref("text")), named(nil, listOf(ref("text"))))),
		"null_label":     described("What a NULL in a label column becomes; an error by default.", ref("text")),
		"value":          described("Column that is the value.", column),
		"numerator":      described("Column that is divided by the denominator.", column),
		"denominator":    described("Column that the numerator is divided by; the sample size, too.", column),
		"sample_size":    described("Column that says from how many samples the value is.", column),
		"data_from":      described("When the data begins: 2024-03-01. Periods that begin earlier have no value.", instantSchema()),
		"suppress_below": described("Values from fewer samples are withheld.", ref("number")),
		"merge":          described("How rows, or the values of several databases, become one value.", words("ratio sum min max")),
		"compare":        described("Earlier values that are exposed beside the current one.", either(words(comparisons), listOf(words(comparisons)))),

		"target": described("What it should reach.", ref("target")),
		"alert": described("How a missed target is alerted on; off for not at all.", either(schema{"const": "off"}, object(alertKeys, map[string]schema{
			"for":      described("How long the target must be missed.", ref("duration")),
			"severity": described("One lower case word, such as warning or critical.", ref("text")),
			"labels":   described("Labels of the alert.", named(nil, ref("text"))),
		}))),
		"runbook":      described("Address of the page that says what to do.", schema{"type": "string", "pattern": "^https?://"}),
		"reviewed":     described("Date of the last review: 2026-10-15.", dateSchema()),
		"review_every": described("How often definition and target are reviewed: 90d.", ref("duration")),
		"review_by":    described("Date of the next review.", dateSchema()),

		"tolerance":  described("How far beyond a target a value is still at risk: 10%, 2pp, or a number in the unit.", ref("number")),
		"min_sample": described("With fewer samples the status is unknown.", ref("number")),
		"pace":       described("linear: the bound of a running period grows with it.", words("linear")),
	}
}

func targetSchemas() map[string]schema {
	return map[string]schema{
		"at_least":   described("The least value that meets the target.", ref("bound")),
		"at_most":    described("The greatest value that meets the target.", ref("bound")),
		"between":    described("The range that meets the target: [low, high].", rangeOf(ref("bound"))),
		"from":       described("A named query that gives the target of each label set.", ref("text")),
		"critical":   described("The line beyond which the KPI is off target.", either(ref("bound"), rangeOf(ref("bound")))),
		"tolerance":  described("How far beyond the target a value is still at risk: 10%, 2pp, or a number in the unit.", ref("number")),
		"stretch":    described("What would be better still.", ref("bound")),
		"min_sample": described("With fewer samples the status is unknown.", ref("number")),
		"pace":       described("linear: the bound of a running period grows with it.", words("linear")),
		"segments":   described("Targets of some label sets: {plan: pro, at_least: 5k}. The first match wins.", listOf(ref("segment"))),
	}
}

func rangeOf(item schema) schema {
	return schema{"type": "array", "items": item, "minItems": 2, "maxItems": 2}
}
