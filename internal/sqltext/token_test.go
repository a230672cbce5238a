package sqltext

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNextToken(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		" -- x\n/* /* y */ */ ":          "",
		"SELECT a.b; -- x\nSELECT 1.5":   "w:SELECT w:a .: w:b ;: w:SELECT 1.5:",
		`'it''s' "q""q" E'a\'b' $$x; $$`: `q:'it''s' q:"q""q" q:E'a\'b' q:$$x; $$`,
		"$a$ $b$ $a$ größe a$1":          "q:$a$ $b$ $a$ w:größe w:a$1",
		`\restrict it`:                   `\: w:restrict w:it`,
		"$1 ?1 :x x::int y := :größe":    "$: 1: ?: 1: :: w:x w:x :: :: w:int w:y :: =: :: w:größe",
		"a 'x; b":                        "w:a 'x; b:",
		"a $q$ b":                        "w:a $q$ b:",
		"a /* b":                         "w:a",
	} {
		var got []string
		for at := 0; ; {
			token, ok := NextToken(text, at)
			if !ok {
				break
			}
			kind := text[token.Start:token.End]
			switch {
			case token.IsWord:
				kind = "w:" + kind
			case token.IsQuoted:
				kind = "q:" + kind
			default:
				kind += ":"
			}
			got, at = append(got, kind), token.End
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
