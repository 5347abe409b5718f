// Package scenarios carries the scenario files of this folder, so that the
// program knows them by name wherever it runs.
package scenarios

import "embed"

// Files holds every scenario as NAME.yaml.
//
//go:embed *.yaml
var Files embed.FS
