// Follow every decision from outside: go run consumer.go tls://HOST:4222 NAME [COUNT]
// Needs github.com/nats-io/nats.go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type event struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
	Player *struct {
		Service string `json:"service"`
		ID      string `json:"id"`
	} `json:"player"`
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: consumer URL NAME [COUNT]")
	}
	left := -1
	if len(os.Args) > 3 {
		count, err := strconv.Atoi(os.Args[3])
		if err != nil {
			log.Fatal(err)
		}
		left = count
	}
	if err := follow(context.Background(), os.Args[1], os.Args[2], left); err != nil {
		log.Fatal(err)
	}
}

// follow prints left events (-1: for ever), going on behind the last one that name acknowledged.
func follow(ctx context.Context, url, name string, left int) error {
	options := []nats.Option{nats.MaxReconnects(-1)}
	if user := os.Getenv("BANSTREAM_NATS_USER"); user != "" {
		// Nobody may read another's answers.
		options = append(options, nats.UserInfo(user, os.Getenv("BANSTREAM_NATS_PASSWORD")),
			nats.CustomInboxPrefix("_INBOX."+user))
	}
	if authority := os.Getenv("BANSTREAM_NATS_CA_FILE"); authority != "" {
		options = append(options, nats.RootCAs(authority))
	}
	client, err := nats.Connect(url, options...)
	if err != nil {
		return err
	}
	defer client.Close()
	stream, err := jetstream.New(client)
	if err != nil {
		return err
	}
	events, err := stream.CreateOrUpdateConsumer(ctx, "EVENTS", jetstream.ConsumerConfig{
		Durable:       name,
		FilterSubject: "banstream.event.>",
		AckPolicy:     jetstream.AckExplicitPolicy,
	})
	if err != nil {
		return err
	}
	for left != 0 {
		message, err := events.Next(jetstream.FetchMaxWait(30 * time.Second))
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, jetstream.ErrNoMessages) {
			continue // nothing happened for half a minute
		}
		if err != nil {
			return err
		}
		var found event
		if err := json.Unmarshal(message.Data(), &found); err != nil {
			return err
		}
		player, reason := "-:-", found.Reason
		if found.Player != nil {
			player = found.Player.Service + ":" + found.Player.ID
		}
		if reason == "" {
			reason = "-"
		}
		fmt.Println(found.Type, player, reason)
		if err := message.DoubleAck(ctx); err != nil {
			return err
		}
		left--
	}
	return nil
}
