package export

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Shard is one part of an export: number Index of Count, from 0.
type Shard struct {
	Index int `json:"index"`
	Count int `json:"count"`
}

// Whole is the only shard of an undivided export.
var Whole = Shard{0, 1}

// String returns the shard as K/N.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// maxShards bounds the effect of a mistyped number.
const maxShards = 100_000

// ParseShard parses K/N.
func ParseShard(text string) (Shard, error) {
	k, n, ok := strings.Cut(text, "/")
	index, errK := strconv.Atoi(k)
	count, errN := strconv.Atoi(n)
	if !ok || errK != nil || errN != nil {
		return Shard{}, fmt.Errorf("%q is not of the form K/N, as in 0/4", text)
	}
	return newShard(index, count, text)
}

func newShard(index, count int, from string) (Shard, error) {
	if count < 1 || count > maxShards || index < 0 || index >= count {
		return Shard{}, fmt.Errorf("%s: shards are counted from 0, and there may be 1 to %d", from, maxShards)
	}
	return Shard{index, count}, nil
}

// array names the environment variables by which a scheduler gives a task its position
// in an array. Without them each task of an array whose command does not say its shard
// would read everything.
type array struct {
	scheduler    string
	index, count string
	first, step  string // of the indexes, if not always 0 and 1
}

var arrays = []array{
	{scheduler: "AWS Batch", index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE"},
	// Kubernetes does not pass on the number of completions; docs/deploy does.
	{scheduler: "Kubernetes", index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS"},
	{scheduler: "Slurm", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT",
		first: "SLURM_ARRAY_TASK_MIN", step: "SLURM_ARRAY_TASK_STEP"},
}

// ShardOfTask returns the shard of this process as an array task, from the environment
// set by AWS Batch, Kubernetes or Slurm, and false if none of them set it. count is the
// number of shards if known otherwise, or 0. An index without a count is an error: this
// process would read everything, or a part of an export that nobody completes. A count that
// differs from the scheduler's is an error too.
func ShardOfTask(lookup func(string) (string, bool), count int) (Shard, bool, error) {
	for _, a := range arrays {
		if text, _ := lookup(a.index); text != "" {
			shard, err := a.shard(lookup, count)
			return shard, true, err
		}
	}
	return Whole, false, nil
}

func (a array) shard(lookup func(string) (string, bool), count int) (Shard, error) {
	var err error
	number := func(variable string, otherwise int) int {
		text, _ := lookup(variable)
		if variable == "" || text == "" {
			return otherwise
		}
		n, failure := strconv.Atoi(text)
		if failure != nil {
			err = cmp.Or(err, fmt.Errorf("%s is %q, which is not a number", variable, text))
		}
		return n
	}
	index, tasks := number(a.index, 0), number(a.count, 0)
	first, step := number(a.first, 0), number(a.step, 1)
	count = cmp.Or(count, tasks)
	switch {
	case err != nil:
		return Shard{}, err
	case count == 0:
		return Shard{}, fmt.Errorf("%s runs this as task %d of an array (%s) whose size is not known; "+
			"set %s, or say the shard with --shard %d/N", a.scheduler, index, a.index, a.count, index)
	case tasks > 0 && tasks != count:
		return Shard{}, fmt.Errorf("%s runs %d tasks (%s), which is not the number of shards, %d; leave that out, "+
			"or say the shard with --shard K/%d", a.scheduler, tasks, a.count, count, count)
	case step < 1 || (index-first)%step != 0:
		return Shard{}, fmt.Errorf("%s is %d, which is not in steps of %d from %d; number the tasks evenly", a.index,
			index, step, first)
	}
	return newShard((index-first)/step, count, fmt.Sprintf("%s=%d of %d tasks", a.index, index, count))
}
