;; A policy that does what the task's model_ref names: decides well, badly, or not at all.
(module
  (memory (export "memory") 4)
  (global $calls (mut i32) (i32.const 0))

  (data (i32.const 16) "1.2.3")
  (data (i32.const 64) "{\"decision\":\"allow\"}")
  (data (i32.const 128) "{\"decision\":\"deny\",\"reason\":\"not on my watch\"}")
  (data (i32.const 256) "{\"decision\":\"allow\",\"priority\":\"interactive\"}")
  (data (i32.const 320) "this is no decision")
  (data (i32.const 512) "policy-deny")
  (data (i32.const 528) "policy-hurry")
  (data (i32.const 544) "policy-loop")
  (data (i32.const 560) "policy-grow")
  (data (i32.const 576) "policy-deep")
  (data (i32.const 592) "policy-wild")
  (data (i32.const 608) "policy-huge")
  (data (i32.const 624) "policy-mute")
  (data (i32.const 640) "policy-trap")
  (data (i32.const 656) "policy-once")

  (func (export "oq_abi_version") (result i32) i32.const 65536)
  (func (export "oq_policy_version") (result i64) (call $text (i32.const 16) (i32.const 5)))
  (func (export "oq_alloc") (param $size i32) (result i32)
    (select (i32.const 65536) (i32.const 0) (i32.le_u (local.get $size) (i32.const 131072))))

  ;; A text as the ABI passes it: the pointer in the upper half, the length in the lower.
  (func $text (param $at i32) (param $length i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (local.get $length))))

  ;; Whether the first text holds the second.
  (func $holds (param $at i32) (param $length i32) (param $word i32) (param $size i32) (result i32)
    (local $end i32) (local $i i32)
    (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (local.get $size)))
    (loop $places
      (if (i32.gt_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (local.set $i (i32.const 0))
      (block $differs
        (loop $bytes
          (br_if $differs
            (i32.ne
              (i32.load8_u (i32.add (local.get $at) (local.get $i)))
              (i32.load8_u (i32.add (local.get $word) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $bytes (i32.lt_u (local.get $i) (local.get $size))))
        (return (i32.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $places))
    (unreachable))

  (func $deep (param $n i32) (result i32)
    (i32.add (call $deep (i32.add (local.get $n) (i32.const 1))) (local.get $n)))

  (func (export "oq_admit") (param $at i32) (param $length i32) (result i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 512) (i32.const 11))
      (then (return (call $text (i32.const 128) (i32.const 46)))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 528) (i32.const 12))
      (then (return (call $text (i32.const 256) (i32.const 45)))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 544) (i32.const 11))
      (then (loop $ever (br $ever))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 560) (i32.const 11))
      (then
        (loop $more (br_if $more (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
        (unreachable)))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 576) (i32.const 11))
      (then (drop (call $deep (i32.const 0)))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 592) (i32.const 11))
      (then (return (call $text (i32.const -16) (i32.const 64)))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 608) (i32.const 11))
      (then (return (call $text (i32.const 0) (i32.const 200000)))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 624) (i32.const 11))
      (then (return (call $text (i32.const 320) (i32.const 19)))))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 640) (i32.const 11))
      (then (unreachable)))
    (if (call $holds (local.get $at) (local.get $length) (i32.const 656) (i32.const 11))
      (then
        (if (i32.gt_u (global.get $calls) (i32.const 1))
          (then (return (call $text (i32.const 128) (i32.const 46)))))))
    (call $text (i32.const 64) (i32.const 20)))
)
