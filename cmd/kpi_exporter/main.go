// Command kpi_exporter computes product KPIs from SQL and exposes them to Prometheus with their targets.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // KPIs name time zones; images such as scratch have none.
)

// version is set at build time.
var version = "dev"

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
