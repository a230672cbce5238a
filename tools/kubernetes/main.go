// Command kubernetes reads manifests as strictly as Kubernetes can: unknown and repeated fields are errors.
package main

import (
	"fmt"
	"os"

	batch "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check reads files, each with one object.
func check(paths []string) error {
	scheme := runtime.NewScheme()
	if err := batch.AddToScheme(scheme); err != nil {
		return err
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, kind, err := decoder.Decode(text, nil, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Println(path, kind)
	}
	return nil
}
