package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLoadKeepsSecrets breaks files near their secrets: neither problems nor warnings may repeat any of it.
func TestLoadKeepsSecrets(t *testing.T) {
	const kpis = "\nkpis:\n  a: {title: A, period: day, query: SELECT 1 AS value}\n"
	for _, text := range []string{
		"databases:\n  app: postgres://kpi:hunter2@db/app",
		"databases:\n  app: kpi:hunter2",
		"databases:\n  app:\n    hunter2",
		"databases: postgres://kpi:hunter2@db/app",
		"databases: [postgres://kpi:hunter2@db/app]",
		"databases:\n  postgres://kpi:hunter2@db/app:",
		"databases:\n  postgres://kpi:hunter2@db/app: {}",
		"databases:\n  app: {url: postgres://kpi:hunter2@db/app, max_conections: 3}",
		"databases:\n  app: {max_conections: 3, url: postgres://kpi:hunter2@db/app}",
		"databases:\n  app: {url: postgres://kpi:hunter2,hunter2@db/app}",
		"databases:\n  app: {url: postgres://kpi:x{hunter2}@db/app}",
		"databases:\n  app: {url: postgres://kpi:x}hunter2@db/app}",
		"databases:\n  app: {url: *hunter2}",
		"databases:\n  app: {url: &hunter2}",
		"databases:\n  app: {url: @hunter2}",
		"databases:\n  app: {url: !hunter2 x}",
		"databases:\n  app:\n    url: %hunter2",
		"databases:\n  app:\n    url: > hunter2",
		"databases:\n  app:\n    url: postgres://kpi:hun #hunter2@db/app",
		"databases:\n  app:\n    url: postgres://kpi: hunter2@db/app",
		"databases:\n  app:\n    url: \"postgres://kpi:hunter2@db/app",
		"databases:\n  app:\n    url: 'postgres://kpi:x'hunter2@db/app'",
		"databases:\n  app:\n    url: \"postgres://kpi:\\dhunter2@db/app\"",
		"databases:\n  app:\n    url: [postgres://kpi:hunter2@db/app]",
		"databases:\n  app:\n    url: {kpi: hunter2}",
		"databases:\n  app:\n    url:\n      hunter2: 1",
		"databases:\n  app:\n    url:\n      - hunter2",
		"databases:\n  app:\n    url:\n      postgres://kpi:\n      hunter2@db/app",
		"databases:\n  app:\n    url: |\n      postgres:/kpi\n      hunter2@db/app",
		"databases:\n  app:\n    url: postgres://kpi@db:hunter2/app",
		"databases:\n  app:\n    url: postgres://kpi:hunter2%zz@db/app",
		"databases:\n  app:\n    url: postgres://db/app?user=kpi&password=hunter2",
		"databases:\n  app:\n    url: postgres://kpi:x@db/app?password=hunter2%zz",
		"databases:\n  app:\n    url: postgres://db/app?user=kpi&password=x #hunter2",
		"databases:\n  app: {url: postgres://db/app?user=kpi&password=hunter2, max_conections: 3}",
		"databases:\n  app:\n    uri: postgres://db/app?user=kpi&password=hunter2",
		"databases:\n  app:\n    url: postgres//kpi:hunter2@db/app",
		"databases:\n  app:\n    url: mysql://kpi:hunter2@db/app",
		"databases:\n  app:\n    url: hunter2",
		"databases:\n  app:\n    url: postgres://kpi:${hunter2-x}@db/app",
		"databases:\n  app:\n    url: postgres://kpi:hunter2@db/app?sslmode=hunter2",
		"databases:\n  app:\n    url: postgres://kpi:hunter2@db/app?sslmode=disable",
		"databases:\n  app:\n    url: postgres://kpi:hunter2@db/app\n   x: 1",
		"databases:\n  app:\n    url: postgres://kpi:hunter2@db/app\n    url: postgres://kpi:hunter2@db/app",
		"databases:\n  app:\n    uri: postgres://kpi:hunter2@db/app",
		"databases:\n  app:\n    password: hunter2",
		"databases:\n  app:\n    Password: hunter2",
		"databases:\n  app:\n    dsn: host=db password=hunter2",
		"databases:\n  app:\n    connection: host=db password=hunter2",
		"databases:\n  app:\n    connection: hunter2",
		"databases:\n  app:\n\turl: postgres://kpi:hunter2@db/app",
		"databases:\n  app: {url_file: postgres://kpi:hunter2@db/app}",
		"databases:\n  app: {url_file: 'kpi:hunter2@tcp(db:3306)/app'}",
		"databases:\n  app: {url_file: host=db password=hunter2}",
		"databases:\n  app:\n    url_file: |\n      hunter2\n      hunter2",
		"databases:\n  app:\n    url_file:\n      - hunter2",
		"databases:\n  app: {url: postgres://kpi@db/app, password_file: \"hunter2\\nhunter2\"}",
		"mail: {from: kpi@example.com, url_file: smtp://kpi:hunter2@mail}",
		"slack: {token_file: xoxb-1-2-hunter2}",
		"url: postgres://kpi:hunter2@db/app",
		"defaults:\n  database: postgres://kpi:hunter2@db/app",
		"grafana_url: https://kpi:hunter2@grafana",
		"grafana_url: kpi:hunter2@grafana://",
		"mail: smtp://kpi:hunter2@mail",
		"mail: [smtp://kpi:hunter2@mail]",
		"mail: hunter2",
		"mail: {from: kpi@example.com, url: smtp://kpi:hunter2@mail}",
		"mail: {from: kpi@example.com, url: smtp//kpi:hunter2@mail}",
		"mail: {from: kpi@example.com, url: hunter2}",
		"mail: {from: kpi@example.com, url: \"smtp://kpi:${hunter2-x}@mail\"}",
		"mail:\n  from: kpi@example.com\n  url: smtp://kpi:hun #hunter2@mail",
		"mail:\n  from: kpi@example.com\n  url: [hunter2]",
		"mail:\n  from: kpi@example.com\n  url:\n    hunter2: 1",
		"mail:\n  from: kpi@example.com\n  password: hunter2",
		"slack: hunter2",
		"slack: [hunter2]",
		"slack: {token: hunter2}",
		"slack:\n  token: {hunter2: 1}",
		"slack:\n  tokn: hunter2",
		"slack: {token: \"${T}\", api_url: https://kpi:hunter2@slack}",
		"databases: &hunter2\n  app: {url: postgres://kpi:hunter2@db/app}\nkpis: *hunter2",
	} {
		t.Run(text, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("kpi.yml", []byte(text+kpis), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Load("kpi.yml")
			said := fmt.Sprint(err)
			if c != nil {
				said = fmt.Sprint(c.Warnings)
			}
			if strings.Contains(said, "hunter2") {
				t.Errorf("gives it away:\n%s", said)
			}
		})
	}
}
