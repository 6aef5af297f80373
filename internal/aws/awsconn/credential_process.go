package awsconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/lifetime"
)

const (
	// processTimeout bounds a program that provides credentials, as in the AWS SDK.
	processTimeout = time.Minute
	// maxProcessBytes bounds what it prints.
	maxProcessBytes = 64 << 10
	// outputTimeout bounds the wait for what its children still print after its end.
	outputTimeout = 2 * time.Second
)

// credentialProcess runs a program that prints credentials, without a shell, as the AWS
// CLI does. The program can ask nobody anything, and nothing that it prints is repeated.
type credentialProcess struct {
	command string
	timeout time.Duration
}

// Retrieve runs the program. At the end of the context or the time it ends the program
// and the programs that it has started.
func (p credentialProcess) Retrieve(ctx context.Context) (aws.Credentials, error) {
	words, err := commandWords(p.command)
	if err != nil {
		return aws.Credentials{}, statement(fmt.Sprintf("the command is not complete: %v", err))
	}
	if len(words) == 0 {
		return aws.Credentials{}, statement("the command is empty")
	}
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var printed limitedBuffer
	program := exec.CommandContext(limited, words[0], words[1:]...)
	program.Stdout = &printed
	program.WaitDelay = outputTimeout
	separate(program)
	if err = program.Start(); err == nil {
		done := lifetime.OnEnd(func() { _ = program.Cancel() })
		err = program.Wait()
		done()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return aws.Credentials{}, context.Cause(ctx)
	case limited.Err() != nil:
		return aws.Credentials{}, &hinted{fmt.Sprintf("it did not end within %s", p.timeout),
			"run it by hand; it must print credentials without asking for anything"}
	case errors.Is(err, errTooLong):
		return aws.Credentials{}, statement(fmt.Sprintf("it printed more than %d KB", maxProcessBytes>>10))
	case errors.As(err, &exit):
		return aws.Credentials{}, &hinted{fmt.Sprintf("it failed (%s)", exit.ProcessState), "run it by hand"}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return aws.Credentials{}, &hinted{"it cannot be started", "the first word must be a program; " +
			"a shell's syntax works only in sh -c '...'"}
	}
	return readProcessAnswer(printed.Bytes())
}

// readProcessAnswer reads what a program printed.
func readProcessAnswer(printed []byte) (aws.Credentials, error) {
	answer, err := readCredentialAnswer(printed)
	if err != nil {
		return aws.Credentials{}, &hinted{"it " + err.Error(), "run it by hand"}
	}
	if answer["Version"] != 1.0 {
		return aws.Credentials{}, statement(`its JSON must have "Version": 1`)
	}
	found, err := answer.credentials("SessionToken")
	if err == nil && found.CanExpire && !found.Expires.After(time.Now()) {
		err = statement("its credentials have already expired")
	}
	return found, err
}

// limitedBuffer keeps what is written, up to maxProcessBytes.
type limitedBuffer struct{ bytes.Buffer }

// Write keeps p or returns errTooLong.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxProcessBytes {
		return 0, errTooLong
	}
	return b.Buffer.Write(p)
}
