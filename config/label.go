package config

import "strings"

// Label names that samples, rules, dashboards or Prometheus itself give a meaning to.
const reservedLabels = "kpi job instance tier side reason alertname severity le quantile pod compared_with source " +
	"title description unit grafana_unit owner objective runbook dashboard"

// readLabels reads the columns that become labels: a list of names, or a mapping of names to the only values allowed.
func readLabels(d *decoder, n *node) field[[]Label] {
	n = resolve(n)
	f := good(d, n, []Label{})
	failed := d.errorCount()
	if n.Kind == mappingNode {
		d.each(n, "labels", func(k, v *node) {
			if checkLabelName(d, k) {
				values := d.list(v, "the values of "+k.Value)
				if values.ok && len(values.value) == 0 {
					d.fail(v, "list the values allowed, or write labels: ["+k.Value+"]", "label %s allows no value", quote(k.Value))
				}
				f.value = append(f.value, Label{Name: k.Value, Closed: values.value})
			}
		})
	} else {
		names := d.list(n, "labels")
		if names.ok {
			for i, item := range resolve(n).Content {
				if checkLabelName(d, resolve(item)) {
					f.value = append(f.value, Label{Name: names.value[i]})
				}
			}
		}
	}
	f.ok = d.errorCount() == failed
	return f
}

func checkLabelName(d *decoder, n *node) bool {
	name := n.Value
	switch {
	case !isLabelName(name):
		d.fail(n, "write letters, digits and _, and in the query SELECT … AS "+labelFrom(name), "%s is not a label name", quote(name))
	case strings.HasPrefix(name, "__"), strings.HasPrefix(name, "exported_"), isOneOf(name, reservedLabels):
		own := "account_" + strings.TrimPrefix(strings.TrimLeft(name, "_"), "exported_")
		d.fail(n, "give the column another name: SELECT "+name+" AS "+own, "label %s is reserved", quote(name))
	default:
		return true
	}
	return false
}

func isLabelName(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != ""
}

// labelFrom turns a text into a label name.
func labelFrom(text string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && isLabelName("_"+string(r)) {
			return r
		}
		return '_'
	}, text)
	if !isLabelName(name) {
		name = "_" + name
	}
	return name
}

// isName reports whether a text can name a KPI or a query.
func isName(text string) bool {
	return len(text) <= 63 && isLabelName(text) && text == strings.ToLower(text) && text[0] != '_'
}

// checkName checks the name of a KPI or a query.
func checkName(d *decoder, k *node, what string) {
	if isName(k.Value) {
		return
	}
	hint := "a name is made of a to z, 0 to 9 and _, begins with a letter and has at most 63 characters"
	if better := strings.ToLower(labelFrom(k.Value)); isName(better) {
		hint = "write " + better
	}
	d.fail(k, hint, "%s is not a name for a %s", d.show(k.Line, k.Value), what)
}
