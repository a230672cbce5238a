package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/kpimatch"
)

// matching adds --kpi.match to a command, which then reads only the KPIs that it chooses.
func matching(cmd *kingpin.CmdClause, add func(*kingpin.CmdClause) command) command {
	run := add(cmd)
	matchers := cmd.Flag("kpi.match", "Only KPIs whose label of kpi_info matches, such as owner=growth; with =, !=, =~ or !~. Repeat it for several that must all match.").
		PlaceHolder("MATCHER").Strings()
	return func(ctx context.Context, env environment) error {
		var err error
		if env.match, err = kpimatch.Parse(*matchers); err != nil {
			return usageError{fmt.Errorf("--kpi.match: %w", err)}
		}
		return run(ctx, env)
	}
}

// narrow leaves only the KPIs of --kpi.match in a configuration.
func (env environment) narrow(cfg *config.Config) error {
	if err := env.match.Narrow(cfg); err != nil {
		return usageError{fmt.Errorf("--kpi.match: %w", err)}
	}
	return nil
}
