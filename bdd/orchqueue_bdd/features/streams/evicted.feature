Feature: The stream of an evicted task
  Whoever is given up in the queue is told so by a whole stream.

  Background:
    Given the server "queues"

  @OC-CTRL-2020
  Scenario: The stream of a task that was evicted has no start
    Given a task "a" that is evicted from the queue
    Then the stream of the task "a" has no start

  @OC-CTRL-2024
  Scenario: The stream of a task that was evicted ends once
    Given a task "a" that is evicted from the queue
    Then the stream of the task "a" ends once and closes
