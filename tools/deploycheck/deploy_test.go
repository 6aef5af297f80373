// Package deploycheck checks the manifests of docs/deploy by the types of Kubernetes'
// own API and of AWS Batch's client. It is a module of its own, since nothing else
// needs these.
package deploycheck

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/batch"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestKubernetes(t *testing.T) {
	var cron batchv1.CronJob
	for i, document := range strings.Split(string(read(t, "kubernetes.yaml")), "\n---\n") {
		object := []any{&corev1.ServiceAccount{}, &corev1.ConfigMap{}, &cron}[i]
		// A field that the API does not have is an error.
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			t.Fatalf("document %d: %v", i+1, err)
		}
	}
	job := cron.Spec.JobTemplate.Spec
	if *job.CompletionMode != batchv1.IndexedCompletion || *job.Parallelism != *job.Completions || job.Template.Spec.RestartPolicy != corev1.RestartPolicyNever {
		t.Errorf("the job is not an indexed one of parallel pods: %+v", job)
	}
	container := job.Template.Spec.Containers[0]
	i := slices.IndexFunc(container.Env, func(e corev1.EnvVar) bool { return e.Name == "JOB_COMPLETIONS" })
	if i < 0 || container.Env[i].Value != strconv.Itoa(int(*job.Completions)) {
		t.Errorf("JOB_COMPLETIONS is not the number of completions: %v", container.Env)
	}
	if *job.BackoffLimitPerIndex > 0 && !slices.Contains(container.Args, "--resume") {
		t.Error("a pod that is tried again does not resume")
	}
	for _, mount := range container.VolumeMounts {
		if !slices.ContainsFunc(job.Template.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
			t.Errorf("there is no volume %s", mount.Name)
		}
	}
}

func strict(t *testing.T, name string, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(read(t, name)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestBatch(t *testing.T) {
	var definition batch.RegisterJobDefinitionInput
	strict(t, "batch-job-definition.json", &definition)
	var submit batch.SubmitJobInput
	strict(t, "batch-submit-job.json", &submit)
	if *submit.JobDefinition != *definition.JobDefinitionName || *submit.ArrayProperties.Size < 2 {
		t.Errorf("the job is not an array of the definition: %+v", submit)
	}
	if *definition.RetryStrategy.Attempts > 1 && !slices.Contains(definition.ContainerProperties.Command, "--resume") {
		t.Error("a task that is tried again does not resume")
	}
}
