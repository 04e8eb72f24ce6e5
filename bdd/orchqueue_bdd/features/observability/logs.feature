Feature: The log tells what became of every task
  Whoever looks for one request finds all of it, under names that do not change.

  Background:
    Given the server "standard"

  @OC-OPS-8002
  Scenario: Every line of the log is a JSON object
    Given 1 interactive tasks and 1 batch tasks were run
    Then every line since the start of the server is a JSON object with
      | field          |
      | ts             |
      | level          |
      | event          |
      | correlation_id |

  @OC-CTRL-2050
  Scenario: Admission is logged
    When 1 interactive tasks and 1 batch tasks are run
    Then each of them has one log line task.admitted with
      | field              |
      | correlation_id     |
      | job_id             |
      | task_id            |
      | pool_id            |
      | engine             |
      | priority           |
      | queue_position     |
      | predicted_start_ms |
    And its fields are those of the task and of its 202

  @ORCH-3027
  Scenario: Log lines about a task carry the listed fields
    Given an engine "main" that says the tokens "0xe4bd|0xa0|x"
    When the task "a" is run on the pool "default"
    Then the log lines of the task "a" carry between them
      | field                |
      | ts                   |
      | level                |
      | event                |
      | correlation_id       |
      | job_id               |
      | task_id              |
      | session_id           |
      | tenant_id            |
      | key_id               |
      | engine               |
      | engine_version       |
      | pool_id              |
      | replica_id           |
      | model_id             |
      | ctx                  |
      | priority             |
      | deadline_ms          |
      | queue_position       |
      | predicted_start_ms   |
      | on_time_probability  |
      | tokens_in            |
      | tokens_out           |
      | queue_time_ms        |
      | first_token_ms       |
      | decode_time_ms       |
      | kv_warmth            |
    And the last of them, which knows them all, carries them all
    And the log lines of the task "a" have the tokens_out 3 and no other

  @ORCH-3027
  Scenario: The log line of a failure carries its code
    Given an engine "main" that always resets the connection after a token
    When the task "a" is run on the pool "default"
    Then the log lines of the task "a" have the code "WORKER_RESET" and no other

  @ORCH-3094
  Scenario: One correlation id and one job id run through a task
    When the task "a" is run under the correlation id "shop-42/order-7"
    And the task "b" is run under a correlation id of the server's own
    Then all log lines of the task "a" carry its correlation id, and with a job id its own
    And all log lines of the task "b" carry its correlation id, and with a job id its own

  @OC-CORE-1040
  Scenario: Every decision about a task is logged under its own name
    When the task "a" is run on the pool "default"
    Then the log of the task "a" names at least 3 decisions, each with all ids

  @OC-CORE-1040
  Scenario: A cancel is logged as the decision that it is
    Given the task "whole" was run on the pool "default"
    And an engine "main" that holds every request after 1 tokens
    When the task "a" is begun on the pool "default"
    And the task "a" has begun to arrive
    And the task "a" is cancelled
    Then the log of the task "a" names a decision that the log of the task "whole" does not
    And the log of the task "a" names at least 3 decisions, each with all ids

  @OC-CORE-1040
  Scenario: A refusal is logged under the correlation id of its request
    When the task "a" is submitted to the pool "default" with a deadline of 0 ms
    Then a log line with the correlation id of the task "a" tells the code DEADLINE_UNMET
