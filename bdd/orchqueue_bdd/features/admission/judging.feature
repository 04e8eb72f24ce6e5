Feature: The order of judgement
  Route, key, scope, size, content type, body, meaning: the first that fails answers.

  Background:
    Given the server "standard"

  @OC-CTRL-2010
  Scenario Outline: Of several faults the first is told: <faults>
    When a task is sent with <faults>
    Then the answer is <status> <code>

    Examples:
      | faults                                     | status | code                   |
      | an unknown path and no key                 | 404    | NOT_FOUND              |
      | a wrong method and no key                  | 405    | METHOD_NOT_ALLOWED     |
      | a wrong method and too large a body        | 405    | METHOD_NOT_ALLOWED     |
      | no key and too large a body                | 401    | UNAUTHENTICATED        |
      | no key and a malformed body                | 401    | UNAUTHENTICATED        |
      | an unknown key and a wrong type            | 403    | FORBIDDEN              |
      | an unknown key and too large a body        | 403    | FORBIDDEN              |
      | too large a body and a wrong type          | 413    | PAYLOAD_TOO_LARGE      |
      | a wrong type and a malformed body          | 415    | UNSUPPORTED_MEDIA_TYPE |

  @OC-CTRL-2043
  Scenario Outline: The scope of a key is judged before <fault>
    When a task is sent with a key for other things and <fault>
    Then the answer is 403 FORBIDDEN

    Examples:
      | fault            |
      | too large a body |
      | a wrong type     |
      | a malformed body |
