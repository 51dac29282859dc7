// NoBackTrackFuzz TARGET [libFuzzer's arguments…]
//
// Where libFuzzer was linked, which Tests/Fuzz/run.sh does, it takes over; otherwise the files and directories named are
// run once each. `NoBackTrackFuzz seed DIRECTORY` writes the inputs to begin with that nobody can type.

import CFuzz
import Glibc
import NoBackTrackFuzzTargets

/// libFuzzer starts the program anew with the arguments it was given, but ignores those that begin like this.
let option = "--target="

func fail(_ text: String) -> Never {
    let line = Array("NoBackTrackFuzz: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(64)
}

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "seed" {
    for target in FuzzTarget.allCases {
        for seed in target.seeds {
            let path = "\(arguments[2])/\(target.rawValue)/\(seed.name)"
            do { try InputFiles.write(seed.bytes, to: path) } catch { fail("\(path): \(error)") }
        }
    }
    exit(0)
}

let name = arguments.first { $0.hasPrefix(option) }.map { String($0.dropFirst(option.count)) }
let chosen = (name ?? arguments.dropFirst().first).flatMap { FuzzTarget(rawValue: $0) }
guard let chosen else {
    let targets = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    fail("names none of the targets \(targets)")
}
let rest =
    name == nil ? Array(arguments.dropFirst(2)) : arguments.dropFirst().filter { !$0.hasPrefix(option) }

ChosenTarget.target = chosen

if fuzz_has_driver() {
    var words = ([arguments[0], option + chosen.rawValue] + rest).map { strdup($0) }
    words.append(nil)
    exit(
        fuzz_run_driver(Int32(words.count - 1), &words) { data, size in
            ChosenTarget.run(Array(UnsafeBufferPointer(start: data, count: size)))
            return 0
        })
}

for path in rest where !path.hasPrefix("-") {
    do throws(InputFiles.Failure) {
        for file in try InputFiles.files(at: path) {
            ChosenTarget.run(try InputFiles.read(file), named: file)
        }
    } catch {
        fail("\(path): \(error)")
    }
}
