Feature: Transcripts
  Whatever a task told is there to be read later, under a name that its last event gives.

  @OC-CTRL-2067 @smoke
  Scenario Outline: A task that <course> leaves a transcript
    Given the server "queues"
    And that tasks go to the pool "single"
    And a task "a" that <course>
    Then the transcript of the task "a" holds its stream

    Examples:
      | course                     |
      | completes                  |
      | stops by itself            |
      | is cancelled while it runs |
      | loses its engine           |
      | meets a failing engine     |

  @OC-CTRL-2067
  Scenario: A task without text leaves one, too
    Given the server "keeping"
    And that tasks go to the pool "keeping"
    And the embedding "e" has run to its end
    Then the transcript of the task "e" holds its stream

  @OC-CTRL-2067
  Scenario: A transcript says whose it is
    Given the server "standard"
    And the task "a" has ended
    Then the transcript of the task "a" names the task and its job

  @OC-CTRL-2067
  Scenario: A transcript belongs to the tenant of its task
    Given the server "standard"
    And the task "a" has ended
    Then the transcript of the task "a" is not there for the key "stranger"

  @OC-CTRL-2067
  Scenario Outline: A task that <course> leaves none
    Given the server "queues"
    And that tasks go to the pool "single"
    And a task "a" that <course>
    Then the last event of the task "a" names no transcript

    Examples:
      | course                      |
      | is cancelled while it waits |
      | is evicted from the queue   |

  @OC-CTRL-2067
  Scenario: A transcript of which the beginning was trimmed says so
    Given the server "tight"
    And the task "a" was read to its end while the engine said 60 tokens, one at a time
    Then the transcript of the task "a" counts what is missing and holds the rest
