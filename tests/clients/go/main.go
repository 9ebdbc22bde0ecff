// Makes RDS calls with the AWS SDK for Go as any service would, and prints what came of each as a line of JSON.
// Everything else stands in the environment. The arguments name the checks; a line is {"check", "ok", "detail"}.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
)

const tag = "größer & <schöner> 🦀 + 1"

var (
	ctx    = context.Background()
	orders = aws.String("orders")
	near   = client("us-east-1")
)

func client(region string) *rds.Client {
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		panic(err)
	}
	return rds.NewFromConfig(settings)
}

func allowedCall() (any, error) {
	_, err := near.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: orders,
		DBInstanceClass:      aws.String("db.t4g.micro"),
		Engine:               aws.String("postgres"),
		Tags:                 []types.Tag{{Key: aws.String("note"), Value: aws.String(tag)}},
	})
	if err != nil {
		return nil, err
	}
	found, err := near.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: orders})
	if err != nil {
		return nil, err
	}
	one := found.DBInstances[0]
	if *one.TagList[0].Value != tag {
		return nil, fmt.Errorf("another tag: %s", *one.TagList[0].Value)
	}
	return *one.DBInstanceArn, nil
}

func deniedCall() (any, error) {
	_, err := near.StopDBInstance(ctx, &rds.StopDBInstanceInput{DBInstanceIdentifier: orders})
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		return nil, fmt.Errorf("no error of the service: %v", err)
	}
	return map[string]any{
		"type": "smithy.APIError", "code": refused.ErrorCode(), "message": refused.ErrorMessage(),
	}, nil
}

func largeAnswer() (any, error) {
	found, err := client("eu-west-1").DescribeDBInstances(ctx, nil)
	if err != nil {
		return nil, err
	}
	return len(found.DBInstances), nil
}

func untrustedCall() (any, error) {
	_, err := near.DescribeDBInstances(ctx, nil)
	if err == nil {
		return nil, errors.New("was answered")
	}
	return map[string]any{"type": "smithy.OperationError", "message": err.Error()}, nil
}

func version() (any, error) {
	return "aws-sdk-go-v2 " + aws.SDKVersion + ", " + runtime.Version(), nil
}

func main() {
	checks := map[string]func() (any, error){
		"version": version, "allowed_call": allowedCall, "denied_call": deniedCall, "large_answer": largeAnswer,
		"untrusted_call": untrustedCall,
	}
	code := 0
	for _, name := range os.Args[1:] {
		detail, err := checks[name]()
		if err != nil {
			detail, code = err.Error(), 1
		}
		line, _ := json.Marshal(map[string]any{"check": name, "ok": err == nil, "detail": detail})
		fmt.Println(string(line))
	}
	os.Exit(code)
}
