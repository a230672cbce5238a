// Package product holds the KPIs of a software product, for kpi_exporter init to copy from and for the demo.
package product

import "embed"

// Files are the KPI file, kpi.yaml, and what it includes and names: for PostgreSQL.
//
//go:embed *.yaml sql
var Files embed.FS

// SQLite holds, in its folder sqlite, what differs on SQLite: the tables, and the queries whose SQL is not the same,
// each in a file named as in the folder sql of Files.
//
//go:embed sqlite
var SQLite embed.FS
