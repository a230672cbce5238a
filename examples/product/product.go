// Package product holds the KPIs of a software product, for kpi_exporter init to copy from and for the demo.
package product

import "embed"

// Files are the KPI file, kpi.yaml, and what it includes and names.
//
//go:embed *.yaml sql
var Files embed.FS
