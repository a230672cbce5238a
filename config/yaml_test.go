package config

import (
	"testing"

	"gopkg.in/yaml.v3"
)

func BenchmarkYAMLDecode(b *testing.B) {
	text := []byte(manyKPIs(benchmarkKPIs))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var n yaml.Node
		if err := yaml.Unmarshal(text, &n); err != nil {
			b.Fatal(err)
		}
	}
}
