package database

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestRefusedParameters reads what is said where a server or PgBouncer refuses a parameter of the URL: which one it is, and what to write instead.
func TestRefusedParameters(t *testing.T) {
	direct := server.NewDatabase(t)
	pooled := server.NewPgBouncer(t, direct, 1)
	const role = ", and set it for the role: ALTER ROLE postgres SET "
	for _, test := range []struct{ url, parameters, want string }{
		{direct, "serch_path=shop", "unrecognized configuration parameter \"serch_path\" (42704); hint: serch_path is a parameter of the url: did you mean `search_path`?"},
		{direct, "connect_timout=3", "unrecognized configuration parameter \"connect_timout\" (42704); hint: connect_timout is a parameter of the url: did you mean `connect_timeout`?"},
		{direct, "search_path=public&reticulate=1", `unrecognized configuration parameter "reticulate" (42704); hint: reticulate is a parameter of the url: leave it out, or write the name of a setting that this server has`},
		{direct, "options=-c%20reticulate%3D1", `unrecognized configuration parameter "reticulate" (42704); hint: reticulate is in options, a parameter of the url: leave it out, or write the name of a setting that this server has`},
		{direct, "options=-c%20serch_path%3D1", "unrecognized configuration parameter \"serch_path\" (42704); hint: serch_path is in options, a parameter of the url: did you mean `search_path`?"},
		{direct, "work_mem=many", `invalid value for parameter "work_mem": "many" (22023); hint: work_mem is a parameter of the url: correct its value`},
		{direct, "work_mem=4XB", `invalid value for parameter "work_mem": "4XB" (22023); hint: work_mem is a parameter of the url: correct its value; Valid units for this parameter are`},
		{direct, "timezone=Nowhere", `invalid value for parameter "TimeZone": "Nowhere" (22023); hint: timezone is a parameter of the url: correct its value`},
		{direct, "statement_timeout=-5", `-5 ms is outside the valid range for parameter "statement_timeout" (0 .. 2147483647) (22023); hint: statement_timeout is a parameter of the url: correct its value`},
		{direct, "options=-c%20work_mem%3Dx", `invalid value for parameter "work_mem": "x" (22023); hint: work_mem is in options, a parameter of the url: correct its value`},
		{direct, "role=reader", `role "reader" does not exist (22023); hint: role is a parameter of the url: correct its value`},
		{direct, "shared_buffers=1GB", `parameter "shared_buffers" cannot be changed without restarting the server (55P02); hint: shared_buffers is a parameter of the url, and a session of this role cannot set it: leave it out`},
		{direct, "options=-c%20search_path", "-c search_path requires a value (42601); hint: options is a parameter of the url: write options=-c%20search_path%3Dshop"},
		{pooled, "search_path=shop", "unsupported startup parameter: search_path (08P01); hint: search_path is a parameter of the url, which PgBouncer does not accept: leave it out" + role + "search_path = …"},
		{pooled, "search_pth=shop", "unsupported startup parameter: search_pth (08P01); hint: search_pth is a parameter of the url: did you mean `search_path`?"},
		{pooled, "extra_float_digits=1", "unsupported startup parameter: extra_float_digits (08P01); hint: extra_float_digits is a parameter of the url, which PgBouncer does not accept: leave it out" + role + "extra_float_digits = …"},
		{pooled, "options=-c%20work_mem%3D8MB", "unsupported startup parameter: options (08P01); hint: options is a parameter of the url, which PgBouncer does not accept: leave it out, and set each setting for the role: ALTER ROLE postgres SET search_path = …"},
	} {
		t.Run(test.parameters, func(t *testing.T) {
			_, _, err := run(t.Context(), openPool(t, test.url+"&"+test.parameters, 1), newQuery(t, "SELECT 1"))
			if wantError(t, err, Connect, "cannot connect: "+test.want); strings.Contains(err.Error(), "%!") {
				t.Error(err)
			}
		})
	}
}

// TestRefusedParameterForTheRole does what the hint behind PgBouncer says.
func TestRefusedParameterForTheRole(t *testing.T) {
	url := server.NewDatabase(t, "CREATE SCHEMA shop")
	name := pgtest.Ask[string](t, url, "SELECT current_database()")
	server.Exec(t, url, fmt.Sprintf("ALTER ROLE postgres IN DATABASE %s SET search_path = shop", name))
	if got := one(t, openPool(t, server.NewPgBouncer(t, url, 1), 1), "SELECT current_schema()"); got != "shop" {
		t.Errorf("current_schema() is %s", got)
	}
}

// TestUnrelatedRefusals holds that an error about something else says nothing of parameters.
func TestUnrelatedRefusals(t *testing.T) {
	url := server.NewDatabase(t)
	for _, wrong := range []string{strings.Replace(url, "postgres@", "nobody@", 1), strings.Replace(url, "?", "_missing?", 1)} {
		_, _, err := run(t.Context(), openPool(t, wrong+"&search_path=public&options=-c%20work_mem%3D8MB", 1), newQuery(t, "SELECT 1"))
		if wantError(t, err, Connect, "does not exist"); strings.Contains(err.Error(), "parameter") {
			t.Error(err)
		}
	}
}

// TestRefusedParametersOfAllSettings holds that behind PgBouncer no setting of the server is taken for a slip.
func TestRefusedParametersOfAllSettings(t *testing.T) {
	_, rows, err := run(t.Context(), openPool(t, server.NewDatabase(t), 1), newQuery(t, "SELECT name FROM pg_settings ORDER BY name"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		name := row[0].Text
		if got, want := instead("08P01", name, "kpi"), ", which PgBouncer does not accept: leave it out, and set it for the role: ALTER ROLE kpi SET "+name+" = …"; got != want {
			t.Errorf("%s%s\nwant %s", name, got, want)
		}
	}
	if len(rows) < 100 {
		t.Errorf("only %d settings", len(rows))
	}
}
