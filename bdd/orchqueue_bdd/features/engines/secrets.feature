Feature: Adapters keep secrets
  An engine may put anything into an error, the prompt and a key among it; the log must hold none of it.

  Background:
    Given the server "engines"

  @OC-ADAPT-5084
  Scenario Outline: Neither prompt nor text nor key is logged, whatever the engine answers
    Given the pool "plain" is ready
    And secrets in the prompt, in the text and in what the engine "plain" says when it <behaviour>
    When the task with the secrets is run
    Then its log tells that it is over
    And no log line holds a secret

    Examples:
      | behaviour                           |
      | refuses the request with 400        |
      | fails with 500                      |
      | fails inside its stream             |
      | sends what is not JSON              |
      | resets the connection after a token |
      | writes its stream byte by byte      |
