package kubernetes

import (
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// Render returns the manifests that Helm makes of the chart in a folder for a release, as one text in the order of the templates'
// names, and the notes that a person reads then. The values are checked by the chart's schema first.
func Render(folder, release string, values map[string]any) (manifests, notes string, err error) {
	chart, err := loader.LoadDir(folder)
	if err != nil {
		return "", "", err
	}
	options := chartutil.ReleaseOptions{Name: release, Namespace: "shop", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return "", "", err
	}
	rendered, err := engine.Engine{}.Render(chart, all)
	if err != nil {
		return "", "", err
	}
	var names []string
	for name := range rendered {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	for _, name := range names {
		switch content := strings.TrimSpace(rendered[name]); {
		case path.Base(name) == "NOTES.txt":
			notes = content
		case strings.HasPrefix(path.Base(name), "_") || content == "":
		default:
			text.WriteString("---\n" + strings.TrimPrefix(content, "---\n") + "\n")
		}
	}
	return text.String(), notes, nil
}
