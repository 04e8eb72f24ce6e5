Feature: The envelope of those who lose by a full queue
  A refusal for want of capacity is a failure like any other, and it names whom it is about.

  Background:
    Given the server "queues"

  @ORCH-2006
  Scenario: The refusal of a full queue is an envelope that names the engine
    When the client sends a task to a full queue
    Then the answer is an error envelope
    And the envelope names the engine

  @OC-CTRL-2030
  Scenario: The refusal of a full queue has a code of the table, with its status
    When the client sends a task to a full queue
    Then its code stands in the table with this status

  @OC-CTRL-2030
  Scenario: The error of an evicted task has a code of the table
    Given a task "a" that is evicted from the queue
    Then the error of the task "a" has a code of the table for streams

  @OC-CTRL-2031
  Scenario: The refusal of a full queue names engine and pool
    When the client sends a task to a full queue
    Then the envelope names the engine and the pool

  @OC-CTRL-2031
  Scenario: The refusal of a context that is too wide names engine and pool
    Given that tasks go to the pool "single"
    When the task "a" is submitted with the `ctx` 4097
    Then the envelope names the engine and the pool

  @OC-CTRL-2031
  Scenario: The error of an evicted task names engine and pool
    Given a task "a" that is evicted from the queue
    Then the error of the task "a" names the engine and the pool

  @OC-CTRL-2032
  Scenario: The refusal of a full queue says truly that trying again helps
    When the client sends a task to a full queue
    Then it says truly whether to try again
    And it says when to try again if that is due

  @OC-CTRL-2032
  Scenario: The error of an evicted task says truly that trying again helps
    Given a task "a" that is evicted from the queue
    Then the error of the task "a" says truly whether to try again
