package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// manifests reads the files for Kubernetes, each object as its own type, without a member that
// the type does not have.
func manifests(t *testing.T) (jobs map[string]batch.Job, service core.Service) {
	t.Helper()
	jobs = map[string]batch.Job{}
	for _, name := range []string{"coordinator.yaml", "workers.yaml"} {
		text, err := os.ReadFile("../../../../deploy/kubernetes/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
			document, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			var job batch.Job
			jobErr := strict.UnmarshalStrict(document, &job)
			if jobErr == nil && job.Kind == "Job" && job.APIVersion == "batch/v1" {
				jobs[job.Name] = job
				continue
			}
			if err := strict.UnmarshalStrict(document, &service); err != nil || service.Kind != "Service" || service.APIVersion != "v1" {
				t.Fatalf("%s: neither a Job (%v) nor a Service (%v):\n%s", name, jobErr, err, document)
			}
		}
	}
	return jobs, service
}

// What Kubernetes is told is what it knows, and what a fleet needs.
func TestKubernetes(t *testing.T) {
	jobs, service := manifests(t)
	coordinator, workers := jobs["authbench-coordinator"], jobs["authbench-worker"]
	if len(jobs) != 2 || *coordinator.Spec.BackoffLimit != 0 || *workers.Spec.BackoffLimit != 0 {
		t.Fatalf("jobs %v", jobs)
	}
	w := workers.Spec
	if *w.CompletionMode != batch.IndexedCompletion || *w.Completions != *w.Parallelism || *w.PodReplacementPolicy != batch.Failed ||
		w.Template.Spec.TopologySpreadConstraints[0].WhenUnsatisfiable != core.DoNotSchedule {
		t.Errorf("workers: %+v", w)
	}
	for name, job := range jobs {
		pod := job.Spec.Template.Spec
		c := pod.Containers[0]
		if pod.RestartPolicy != core.RestartPolicyNever || *pod.AutomountServiceAccountToken || !*pod.SecurityContext.RunAsNonRoot ||
			!*c.SecurityContext.ReadOnlyRootFilesystem || *c.SecurityContext.AllowPrivilegeEscalation || *pod.Volumes[0].Secret.DefaultMode != 0o440 {
			t.Errorf("%s: %+v", name, pod)
		}
		for resource, n := range c.Resources.Requests {
			if limit := c.Resources.Limits[resource]; limit.Cmp(n) != 0 {
				t.Errorf("%s asks for %v of %s, and is limited to %v", name, n, resource, limit)
			}
		}
	}
	if service.Spec.Selector["app"] != coordinator.Spec.Template.Labels["app"] || service.Name != "authbench-coordinator" ||
		service.Spec.Ports[0].TargetPort.String() != coordinator.Spec.Template.Spec.Containers[0].Ports[0].Name {
		t.Errorf("service: %+v", service)
	}
	checkArguments(t, w.Template.Spec.Containers[0].Args)
	checkInvitation(t, w.Template.Spec.Containers[0])
	checkKustomization(t, int(*w.Completions))
}

// checkArguments holds the worker's arguments against its command.
func checkArguments(t *testing.T, args []string) {
	t.Helper()
	c := workerCommand()
	if args[0] != c.Name() {
		t.Errorf("the workers' command is %s", args[0])
	}
	if err := c.ParseFlags(args[1:]); err != nil {
		t.Error(err)
	}
}

// checkInvitation: a worker sees its own invitation, and no other.
func checkInvitation(t *testing.T, c core.Container) {
	t.Helper()
	for _, m := range c.VolumeMounts {
		if m.Name == "keys" && (m.SubPathExpr != "$(JOB_COMPLETION_INDEX).json" || !slices.Contains(c.Args, "--invitation="+m.MountPath)) {
			t.Errorf("%+v, with %v", m, c.Args)
		}
	}
}

// checkKustomization: there is an invitation for each worker.
func checkKustomization(t *testing.T, workers int) {
	t.Helper()
	text, err := os.ReadFile("../../../../deploy/kubernetes/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var k struct {
		APIVersion      string   `json:"apiVersion"`
		Kind            string   `json:"kind"`
		Resources       []string `json:"resources"`
		SecretGenerator []struct {
			Name  string   `json:"name"`
			Files []string `json:"files"`
		} `json:"secretGenerator"`
	}
	if err := strict.UnmarshalStrict(text, &k); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, g := range guests(workers, 0) {
		want = append(want, fmt.Sprintf("%d.json=fleet/%s.json", i, g.Name))
	}
	if !slices.Equal(k.SecretGenerator[1].Files, want) || k.SecretGenerator[1].Name != "authbench-invitations" || len(k.Resources) != 2 {
		t.Errorf("%+v", k)
	}
}
