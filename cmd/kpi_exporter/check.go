package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// checker checks a file and says what it finds.
type checker struct {
	environment
	show func([]document.Problem)
}

func checkCommand(cmd *kingpin.CmdClause) command {
	connect := cmd.Flag("connect", "Also plan every query in its database and list the most expensive first, and evaluate the earliest period that each KPI looks back to.").Bool()
	output := cmd.Flag("format", "text, or github for findings on the lines of a pull request.").Default("text").Enum("text", "github")
	return func(ctx context.Context, env environment) error {
		c := checker{env, env.printProblems}
		if *output == "github" {
			c.show = func(problems []document.Problem) {
				for _, p := range problems {
					annotate(env.stdout, p)
				}
			}
		}
		return c.check(ctx, *connect)
	}
}

// check shows errors and warnings. It returns errReported where it has shown an error.
func (c checker) check(ctx context.Context, connect bool) error {
	cfg, err := c.read(ctx)
	if problems, ok := errors.AsType[document.Problems](err); ok {
		c.show(problems)
		return errReported
	}
	if err != nil {
		return err
	}
	found, err := await(ctx, func() (document.Problems, error) { return cfg.CheckSecrets(), nil })
	if err != nil {
		return err
	}
	failed := c.showAll(cfg, slices.Concat(slices.Concat(found, cfg.Warnings).Sorted(), lint.Run(cfg, time.Now())))
	if connect {
		e := collector.NewEvaluator(cfg)
		defer e.Close()
		requests := requestsNow(cfg)
		plans := e.Explain(ctx, requests)
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if !cfg.Off(lint.RoleRights) || !cfg.Off(lint.Standby) {
			c.showAll(cfg, e.Inspect(ctx, requests))
		}
		if failed += c.showAll(cfg, report.QueryProblems(plans)); failed == 0 && !cfg.Off(lint.DataFrom) {
			pasts := e.EmptyPasts(ctx, requests)
			if err := context.Cause(ctx); err != nil {
				return err
			}
			c.showAll(cfg, report.EmptyPasts(pasts))
		}
		if err := report.Costs(c.stdout, plans); err != nil {
			return err
		}
	}
	if err := c.printVerdict(cfg, failed); err != nil {
		return err
	}
	if failed > 0 {
		return errReported
	}
	return nil
}

// printVerdict prints what was checked and how many errors there are. Nothing follows it.
func (c checker) printVerdict(cfg *config.Config, failed int) error {
	verdict := "no errors"
	if failed > 0 {
		verdict = format.Count(failed, "error")
	}
	_, err := fmt.Fprintf(c.stdout, "%s: %s, %s: %s\n", c.configFile, format.Count(len(cfg.KPIs), "KPI"), format.Count(len(cfg.Databases), "database"), verdict)
	return err
}

// requestsNow requests every KPI as of now.
func requestsNow(cfg *config.Config) []collector.Request {
	now := time.Now().Truncate(time.Second)
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: now}
	}
	return requests
}

// showAll shows problems without those whose check is switched off, and returns how many of them are errors.
func (c checker) showAll(cfg *config.Config, problems []document.Problem) (failed int) {
	var shown []document.Problem
	for _, p := range problems {
		if !p.Warning {
			failed++
		}
		if p.Check == "" || !cfg.Off(p.Check) {
			shown = append(shown, p)
		}
	}
	c.show(shown)
	return failed
}
