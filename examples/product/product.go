// Package product holds the KPIs of a software product for kpi_exporter init to copy from.
package product

import _ "embed"

// Library is the KPI file.
//
//go:embed kpi.yaml
var Library string
