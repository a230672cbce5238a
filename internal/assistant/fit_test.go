package assistant

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestFitted(t *testing.T) {
	rows := func(n, size int) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = map[string]any{"n": float64(i), "text": strings.Repeat("x", size)}
		}
		return list
	}
	named := rows(50, 10)
	for i := range named {
		named[i] = map[string]any{"kpi": fmt.Sprintf("kpi_%d", i), "samples": rows(2, 5)}
	}
	named[7] = map[string]any{"kpi": "large", "samples": rows(1000, 100)}
	marks := rows(1000, 0)
	for i := range marks {
		marks[i] = map[string]any{"text": "<script>&</script>"}
	}
	for _, test := range []struct {
		name string
		doc  map[string]any
		left map[string]float64
	}{
		{"all fits", map[string]any{"rows": rows(10, 10)}, nil},
		{"one list", map[string]any{"rows": rows(1000, 100)}, map[string]float64{"rows": 0}},
		{"quotes", map[string]any{"rows": rows(1000, 1)}, map[string]float64{"rows": 0}},
		{"the longer of two", map[string]any{"rows": rows(1000, 100), "few": rows(3, 10)}, map[string]float64{"rows": 0}},
		{"a list in the only element of a list", map[string]any{"why": []any{map[string]any{"segments": rows(1000, 100)}}}, map[string]float64{"why[].segments": 0}},
		{"a long list in one element of many", map[string]any{"kpis": named}, map[string]float64{"kpis[large].samples": 0}},
		{"marks that take six bytes each", map[string]any{"rows": marks}, map[string]float64{"rows": 0}},
		{"one text", map[string]any{"sql": strings.Repeat("é", 20000)}, nil},
		{"two long lists", map[string]any{"a": rows(400, 100), "b": rows(400, 100)}, map[string]float64{"a": 0, "b": 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := fitted(test.doc)
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				More map[string]float64
				Rows []any
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			sent, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1 << 50, "result": map[string]any{"content": []any{map[string]any{"type": "text", "text": text}}}})
			if err != nil {
				t.Fatal(err)
			}
			if len(sent) >= 16<<10 {
				t.Errorf("%d bytes are sent", len(sent))
			}
			if len(got.More) != len(test.left) {
				t.Errorf("left out %v, want %v", got.More, test.left)
			}
			for place := range test.left {
				if got.More[place] == 0 {
					t.Errorf("nothing is left out of %s: %v", place, got.More)
				}
			}
			if n := got.More["rows"]; n > 0 && n+float64(len(got.Rows)) != 1000 {
				t.Errorf("%v left out, %d there", n, len(got.Rows))
			}
		})
	}
}
