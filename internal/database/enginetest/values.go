package enginetest

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

func testParameters(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	for text, want := range e.Parameters {
		t.Run(text, func(t *testing.T) {
			q := e.query(t, text)
			q.Timezone = "Europe/Berlin"
			_, rows, err := run(t.Context(), source, q)
			if err != nil {
				t.Fatal(err)
			}
			if got := rows[0][0].Text; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func testValues(t *testing.T, e Engine) {
	source := open(t, e.New(t, e.Schema...), 1)
	for _, want := range e.Values {
		t.Run(want.Query, func(t *testing.T) {
			q := e.query(t, want.Query)
			q.Timezone = "Europe/Berlin"
			_, rows, err := run(t.Context(), source, q)
			if err != nil {
				t.Fatal(err)
			}
			got := rows[0][0]
			same := got.Number == want.Number || math.IsNaN(got.Number) && math.IsNaN(want.Number)
			if !same || (got.Err == "") != (want.Err == "") || !strings.Contains(got.Err, want.Err) {
				t.Errorf("got %v, error %q, want %v, error …%s…", got.Number, got.Err, want.Number, want.Err)
			}
			text := want.Text
			if text == "" && len(rows[0]) > 1 {
				text = rows[0][1].Text
			}
			if got.Text != text {
				t.Errorf("text %q, want %q", got.Text, text)
			}
		})
	}
}

func testNull(t *testing.T, e Engine) {
	got := e.first(t, open(t, e.New(t), 1), e.Null)
	if !got.Null || !math.IsNaN(got.Number) || got.Text != "" || got.Err != "" {
		t.Errorf("%+v, want NULL", got)
	}
}

func testColumns(t *testing.T, e Engine) {
	columns, rows, err := run(t.Context(), open(t, e.New(t), 1), e.query(t, e.Columns.Query))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Columns.Want, columns); diff != "" || len(rows) != 0 {
		t.Errorf("%d rows, columns (-want +got):\n%s", len(rows), diff)
	}
}

func testZone(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	for zone, want := range e.Zones {
		q := e.query(t, e.Zoned)
		q.Timezone = zone
		_, rows, err := run(t.Context(), source, q)
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[0][0].Number; got != want {
			t.Errorf("%s: %v, want %v", zone, got, want)
		}
	}
}

func testExplain(t *testing.T, e Engine) {
	source := open(t, e.New(t, e.Schema...), 1)
	got, err := source.Explain(t.Context(), e.query(t, e.Explain.Query))
	if err != nil {
		t.Fatal(err)
	}
	if got.HasCost && got.Cost <= 0 {
		t.Errorf("cost %v", got.Cost)
	}
	want := database.Explanation{Columns: e.Explain.Columns, HasCost: e.Explain.HasCost, Cost: got.Cost}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
	if _, err := source.InspectQuery(t.Context(), e.query(t, e.Explain.Query)); err != nil {
		t.Errorf("inspecting: %v", err)
	}
	for text, says := range e.Explain.Failing {
		_, err := source.Explain(t.Context(), e.query(t, text))
		wantError(t, err, database.Refused, says)
	}
	e.wantGood(t, source)
}
