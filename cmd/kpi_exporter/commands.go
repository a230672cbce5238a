package main

import (
	"maps"

	"github.com/alecthomas/kingpin/v2"
)

// addCommands adds every command to the program, in the order of its help, and returns what each of them runs.
func addCommands(app *kingpin.Application) map[string]command {
	commands := map[string]command{
		"serve":  matching(app.Command("serve", "Evaluate the KPIs on schedule and expose them (the default).").Default(), serveCommand),
		"check":  matching(app.Command("check", "Check the KPI file and, with --connect, its queries."), checkCommand),
		"init":   initCommand(app.Command("init", "Write a starter KPI file.")),
		"schema": schemaCommand(app.Command("schema", "Print the JSON Schema of KPI files, for editors.")),
		"query":  matching(app.Command("query", "Evaluate KPIs now, or as of an instant, and print them."), queryCommand),
		"report": matching(app.Command("report", "Summarize the KPIs: what changed status, what is off, unusual or moved, and why."), reportCommand),
		"backfill": matching(app.Command("backfill",
			"Write the history of KPIs for Prometheus, or compare what it holds with what the database says today."), backfillCommand),
		"mcp": mcpCommand(app.Command("mcp", "Let an AI assistant ask a running exporter, over the Model Context Protocol on stdin and stdout.")),
		"health": healthCommand(app.Command("health",
			"Ask a running exporter whether it is healthy, for images without a shell.")),
		"demo": demoCommand(app.Command("demo", "Show everything on a built-in product with years of data.")),
		"alert-test": alertTestCommand(app.Command("alert-test",
			"Raise the alert of a KPI in Alertmanager and resolve it, to see what its message looks like.")),
	}
	maps.Copy(commands, generateCommands(app.Command("generate", "Generate configuration for Prometheus, Alertmanager and Grafana from the KPI file.")))
	commands["diff"] = diffCommand(app.Command("diff", "Compare two KPI files, or revisions of one: what changed, and what that does to values and statuses."))
	commands["test"] = testCommand(app.Command("test", "Test KPI definitions against rows with known results."))
	return commands
}
