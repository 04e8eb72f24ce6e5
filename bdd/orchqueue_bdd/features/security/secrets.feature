Feature: Secrets
  Keys and prompts appear nowhere but where they belong.

  Background:
    Given the server "standard"

  @OC-CTRL-2041
  Scenario: Neither prompts nor keys stand in the log
    Given that prompts and keys were sent in every way
    Then no secret stands in the log

  @OC-CTRL-2041
  Scenario: Neither prompts nor keys stand in the metrics
    Given that prompts and keys were sent in every way
    Then no secret stands in the metrics

  @OC-CTRL-2041
  Scenario: Neither prompts nor keys stand in answers
    Given that prompts and keys were sent in every way
    Then no secret stands in the answers to those who were refused

  @OC-CTRL-2041
  Scenario: Neither prompts nor keys stand in events
    Given that prompts and keys were sent in every way
    Then no secret stands in the events of the stream

  @OC-CTRL-2041
  Scenario: What an engine repeats of a prompt goes no further
    Given that an engine repeated a prompt in its error
    Then no secret stands in the events of the stream
