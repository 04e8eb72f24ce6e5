;; A policy that gives up on batch tasks, and allows all others.
(module
  (memory (export "memory") 4)
  (data (i32.const 16) "0.1.0")
  (data (i32.const 64) "{\"decision\":\"allow\"}")
  (data (i32.const 128) "\"batch\"")
  (func (export "oq_abi_version") (result i32) i32.const 65536)
  (func (export "oq_policy_version") (result i64) i64.const 0x1000000005)
  (func (export "oq_alloc") (param i32) (result i32) i32.const 65536)
  (func (export "oq_admit") (param $at i32) (param $length i32) (result i64)
    (local $end i32)
    (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 7)))
    (loop $places
      (if (i64.eq
            (i64.and (i64.load (local.get $at)) (i64.const 0x00ffffffffffffff))
            (i64.and (i64.load (i32.const 128)) (i64.const 0x00ffffffffffffff)))
        (then (unreachable)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $places (i32.lt_u (local.get $at) (local.get $end))))
    (i64.const 0x4000000014)))
