package assistant

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxAnswer = 16 << 10 // Bytes of an answer as it is sent: a text within JSON-RPC.
	envelope  = 500      // Bytes of JSON-RPC around the text, at most.
	maxString = 2000     // Bytes of one text in an answer.
)

// fitted writes a document so that it is sent in less than maxAnswer bytes: texts are cut, and where that is not enough the ends of its longest lists.
// "more" says what was left out, by the place of the list.
func fitted(doc map[string]any) (string, error) {
	cutTexts(doc)
	left := map[string]any{}
	for {
		if len(left) > 0 {
			doc["more"] = left
		}
		text, err := encoded(doc)
		if err != nil {
			return "", err
		}
		sent, err := encoded(text) // Its quotes and ends of lines take another byte each.
		if err != nil || len(sent)+envelope < maxAnswer {
			return text, err
		}
		longest := longestList(doc, "", nil)
		if longest == nil {
			return "", fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
		}
		list := longest.list
		keep := len(list) / 2
		if over := (len(sent) + envelope - maxAnswer + 500) * len(text) / len(sent); over < longest.size { // About what is too much, and room to say so.
			keep = min(len(list)-1, max(keep, len(list)-over*len(list)/longest.size-1))
		}
		before, _ := left[longest.place].(int)
		left[longest.place] = before + len(list) - keep
		longest.set(list[:keep])
	}
}

func encoded(v any) (string, error) {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(text.String(), "\n"), err
}

// cutTexts cuts the long texts of a document.
func cutTexts(v any) any {
	switch v := v.(type) {
	case string:
		return cut(v)
	case []any:
		for i := range v {
			v[i] = cutTexts(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = cutTexts(v[key])
		}
	}
	return v
}

// cut cuts a long text.
func cut(text string) string {
	if len(text) <= maxString {
		return text
	}
	begin := text[:maxString]
	for !utf8.ValidString(begin) && len(begin) > maxString-utf8.UTFMax {
		begin = begin[:len(begin)-1]
	}
	return begin + " … (more)"
}

// longList is a list in a document.
type longList struct {
	place string // The keys that lead to it: "history[].samples".
	list  []any
	size  int // As JSON.
	set   func([]any)
}

// longestList returns the list that takes most, of those with elements; of one within another, the outer one unless it has a single
// element.
func longestList(v any, place string, set func([]any)) *longList {
	var longest *longList
	consider := func(one *longList) {
		if one != nil && (longest == nil || one.size > longest.size) {
			longest = one
		}
	}
	switch v := v.(type) {
	case []any:
		if len(v) > 1 || len(v) == 1 && !hasList(v[0]) {
			text, _ := encoded(v)
			return &longList{place, v, len(text), set}
		}
		for _, one := range v {
			consider(longestList(one, place+"[]", nil))
		}
	case map[string]any:
		for key, one := range v {
			if key == "more" && place == "" {
				continue
			}
			at := strings.TrimPrefix(place+"."+key, ".")
			consider(longestList(one, at, func(list []any) { v[key] = list }))
		}
	}
	return longest
}

func hasList(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case map[string]any:
		for _, one := range v {
			if hasList(one) {
				return true
			}
		}
	}
	return false
}
