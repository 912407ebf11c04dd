"""Read generated sentences on months back and check each against the counts, with no code of the sentences' own.

Every number that a sentence prints is looked up or computed again in fractions; what the counts oblige a paragraph to say must
be in it.
"""

import re
from fractions import Fraction
from itertools import pairwise

import numpy as np

LEVEL, SLIGHT, CLEAR, DOUBLE = Fraction(1, 10), Fraction(1, 20), Fraction(15, 100), 2
LONG, SHORT, SHAPED, CORRELATED, FEW = 4, 3, 6, 0.7, 30
NAMED = 3  # months that double with their numbers; further ones are counted

M, N, P = r"(\d+)月", r"(\d+)件", r"(\d+\.\d\d)%"
PLACE = r"(全年|各月|有记录的月份中)"
CLAUSES = {name: re.compile(pattern) for name, pattern in {
    "few": rf"来电合计{N}，(各月均|)不足(\d+)件，不作逐月分析",
    "all": rf"来电各月均为{N}",
    "alone": rf"来电全部集中在{M}，为{N}",
    "most": rf"来电([^；。]+?)最多，(?:均为|达到|为){N}",
    "least": rf"([^；。]+?)最少，(?:均为|为){N}",
    "none": r"([^；。]+?)无记录",
    "run": rf"{M}至{M}逐月(上升|下降)，由{N}(升|降)至{N}(?:，(升|降)幅{P})?",
    "turn": rf"{M}(回落|回升)至{N}(?:，(升|降)幅{P})?(?:，(为|并列){PLACE}(最高|最低))?",
    "onward": rf"此后继续(上升|下降)，{M}(达到|降至){N}，(为|并列){PLACE}(最高|最低)",
    "later": rf"{M}(达到|降至){N}，(为|并列){PLACE}(最高|最低)",
    "stable": rf"(?:{M}至{M}(基本|保持)|(各月)基本)稳定，月均{N}，各月与之最多相差{P}",
    "shape": rf"总体先(升|降)后(升|降)，由{M}的{N}(升|降)至{M}的{N}，再(升|降)至{M}的{N}",
    "drift": rf"总体呈(上升|下降)趋势，{M}至{M}平均每月{N}，比{M}至{M}平均每月{N}(?:(高|低){P}|(多|少){N})",
    "step": rf"{M}为{N}，比{M}的{N}(?:增长{P}|增加{N})",
    "over": rf"{M}为{N}，比其余(?:各月|有记录的月份)平均的{N}多(?:{P}|{N})",
    "doubles": rf"另有(\d+)个月达到上月或其余各月平均的{DOUBLE}倍及以上",
}.items()}


def faults(text, counts):
    """Return what is wrong with a paragraph on the counts of months 1, 2, 3 …; None is not known."""
    return Reading(counts).of(text)


class Reading:
    """The counts of a year as a checker sees them, and the faults that it found."""

    def __init__(self, counts):
        self.counts = [None if count is None else Fraction(count) for count in counts]
        self.some = {month: count for month, count in enumerate(self.counts, 1) if count}
        self.found, self.named, self.doubled, self.others = [], set(), {}, 0
        self.run = (0, 0, True)

    def need(self, is_so, why):
        if not is_so:
            self.found.append(why)

    def of(self, text):
        clauses, rest = self.clauses(text)
        self.need(not rest, f"not understood: {rest}")
        for name, groups in clauses:
            getattr(self, f"check_{name}")(*groups)
        self.owed({name for name, _ in clauses})
        return self.found

    def clauses(self, text):
        """Return (kind, groups) of the clauses from left to right, and the text that no kind matches."""
        clauses, text = [], text.strip("。")
        while text:
            found = next(((name, match) for name, pattern in CLAUSES.items() if (match := pattern.match(text))
                          and text[match.end():][:1] in ("", "，", "；", "。") and "。" not in match[0] and "；" not in match[0]),
                         None)
            if found is None:
                return clauses, text
            clauses.append((found[0], found[1].groups()))
            text = text[found[1].end():].lstrip("，；。")
        return clauses, ""

    # the numbers that a clause prints

    def is_count(self, month, printed):
        self.need(self.counts[int(month) - 1] == int(printed), f"month {month} is not {printed}")

    def is_percent(self, printed, exact):
        self.need(abs(Fraction(printed) / 100 - exact) <= Fraction(1, 10**4) / 2, f"{printed}% is {float(exact):.6f}")

    def is_change(self, change, more, before, after):
        """A change is in percent from enough tickets, in tickets from few."""
        self.need((change is None) == (before < FEW) == (more is not None), f"a change from {before} in the wrong unit")
        if change is not None:
            self.is_percent(change, abs(after / before - 1))
        if more is not None:
            self.is_mean(more, abs(after - before))

    def is_size(self, size, change, before, after):
        """A change from few tickets has no percentage."""
        self.need((change is None) == (before < FEW), f"a percentage of {before}, or none")
        if change is not None:
            self.need((size == "升") == (after > before), "升 and 降 mixed")
            self.is_percent(change, abs(after / before - 1))

    def is_mean(self, printed, exact):
        self.need(abs(int(printed) - exact) <= Fraction(1, 2), f"mean {printed} is {float(exact)}")

    def span(self, first, last):
        return self.counts[int(first) - 1:int(last)]

    def months(self, words):
        if re.fullmatch(r"\d+月等\d+个月", words):
            return None
        named = set()
        for piece in words.split("、"):
            ends = [int(month) for month in re.findall(r"\d+", piece)]
            named |= set(range(ends[0], ends[-1] + 1))
        return named

    def share_extreme(self, words, printed, value):
        self.need(int(printed) == value, f"{words}: {printed}, not {value}")
        holders = {month for month, count in self.some.items() if count == value}
        named = self.months(words)
        is_right = int(re.findall(r"\d+", words)[1]) == len(holders) if named is None else named == holders
        self.need(is_right, f"{words}: {holders}")

    def is_ranked(self, month, tied, place, rank):
        value = (max if rank == "最高" else min)(self.some.values())
        self.need(self.some.get(int(month)) == value, f"{month} is not {rank}")
        self.need((list(self.some.values()).count(value) > 1) == (tied == "并列"), f"{month}: {tied}")
        whole = len(self.some) == len(self.counts)
        self.need(place == ("全年" if whole and len(self.counts) == 12 else "各月" if whole else "有记录的月份中"), place)

    # the clauses

    def check_few(self, total, each, least):
        self.need(sum(self.some.values()) == int(total) and max(self.some.values()) < FEW <= int(least), f"total {total}")
        self.need((each == "") == (int(total) < FEW), f"{each} of {total}")

    def check_all(self, count):
        self.need({count for count in self.counts if count is not None} == {int(count)}, "not all equal")

    def check_alone(self, month, count):
        self.need(self.some == {int(month): int(count)}, "not alone")

    def check_most(self, words, count):
        self.share_extreme(words, count, max(self.some.values()))

    def check_least(self, words, count):
        self.share_extreme(words, count, min(self.some.values()))
        self.need(0 not in self.counts, "months without tickets are not named")

    def check_none(self, words):
        zeros = {month for month, count in enumerate(self.counts, 1) if count == 0}
        named = self.months(words)
        self.need(named in (zeros, None) and zeros, f"{words}: {zeros}")

    def check_run(self, first, last, direction, start, to, end, size, change):
        values, up = self.span(first, last), direction == "上升"
        self.need(None not in values and 0 not in values, "a run crosses a gap")
        self.need(all((b > a) if up else (b < a) for a, b in pairwise(values)), f"{first}-{last} {direction}")
        self.need(to == ("升" if up else "降"), "升 and 降 mixed")
        self.need(len(values) >= (LONG if len(self.counts) >= LONG else SHORT), "a short run")
        self.is_count(first, start)
        self.is_count(last, end)
        self.is_size(size, change, values[0], values[-1])
        self.need(abs(values[-1] / values[0] - 1) >= SLIGHT, "a run of less than 5 %")
        self.run = (int(first), int(last), up)

    def check_turn(self, month, back, count, size, change, tied=None, place=None, rank=None):
        before = self.counts[int(month) - 2]
        size_of = Fraction(int(count)) / before - 1
        self.is_count(month, count)
        self.need(int(month) == self.run[1] + 1, "a turn not right after the run")
        self.need((back == "回落") == (size_of < 0) == self.run[2], "a turn in the run's direction")
        self.need(abs(size_of) >= SLIGHT, "a turn of less than 5 %")
        self.is_size(size, change, before, Fraction(int(count)))
        if tied:
            self.is_ranked(month, tied, place, rank)
            self.named.add(int(month))

    def check_onward(self, direction, month, reached, count, tied, place, rank):
        values = self.counts[self.run[1] - 1:int(month)]
        sign = 1 if direction == "上升" else -1
        self.need((sign > 0) == self.run[2] == (rank == "最高"), "onward against the run")
        self.need(all(values), "onward over a gap")
        self.need(all(sign * (b / a - 1) > -SLIGHT for a, b in pairwise(values)), "onward with a step back")
        self.need(sign * (values[-1] / values[0] - 1) >= SLIGHT, "onward without a change")
        self.check_later(month, reached, count, tied, place, rank)

    def check_later(self, month, reached, count, tied, place, rank):
        self.is_count(month, count)
        self.need((reached == "达到") == (rank == "最高"), f"{reached} {rank}")
        self.need(int(month) > self.run[1], "named before the run ends")
        self.is_ranked(month, tied, place, rank)
        self.named.add(int(month))

    def check_stable(self, first, last, kept, whole, mean, most):
        values = self.counts if whole else self.span(first, last)
        self.need(all(values), "stable over a gap")
        average = sum(values) / len(values)
        off = max(abs(value / average - 1) for value in values)
        self.need(off <= LEVEL, "stable further than 10 % from the mean")
        self.is_mean(mean, average)
        self.is_percent(most, off)
        if kept == "保持":
            self.need(int(first) == self.run[1] and int(last) == len(self.counts), "stable not from the run to the end")

    def check_shape(self, there, back, m1, n1, up, m2, n2, down, m3, n3):
        sign = 1 if there == "升" else -1
        for month, count in ((m1, n1), (m2, n2), (m3, n3)):
            self.is_count(month, count)
        self.need(there == up != back == down, "a shape with one direction")
        self.need(Fraction(int(n2)) == (max if sign > 0 else min)(self.some.values()), "turns not at the extreme")
        self.need(self.is_bent(sign), "no such shape")

    def check_drift(self, direction, a, b, late, c, d, early, more, change, above=None, count=None):
        third = len(self.whole) // 3
        later, former = self.whole[-third:], self.whole[:third]
        self.need([*self.span(a, b)] == later and [*self.span(c, d)] == former, "not the thirds of the period")
        self.is_mean(late, sum(later) / third)
        self.is_mean(early, sum(former) / third)
        size = sum(later) / sum(former) - 1
        self.is_change(change, count, sum(former) / third, sum(later) / third)
        self.need((direction == "上升") == (size > 0) == (more == "高" or above == "多"), "a drift the other way")
        self.need(self.is_drift(), "no trend")

    def check_step(self, month, count, before, count_before, change, more):
        self.is_count(month, count)
        self.is_count(before, count_before)
        self.need(int(before) == int(month) - 1, "not the month before")
        self.is_change(change, more, Fraction(int(count_before)), Fraction(int(count)))
        self.doubled[int(month)] = Fraction(int(count), int(count_before)) - 1

    def check_over(self, month, count, mean, change, more):
        others = [value for other, value in self.some.items() if other != int(month)]
        self.is_count(month, count)
        self.is_mean(mean, sum(others) / len(others))
        self.doubled[int(month)] = Fraction(int(count)) * len(others) / sum(others) - 1
        self.is_change(change, more, Fraction(sum(others), len(others)), Fraction(int(count)))

    def check_doubles(self, others):
        self.others = int(others)

    # what the counts oblige a paragraph to say

    @property
    def whole(self):
        """The counts without unknown months at either end."""
        known = [place for place, count in enumerate(self.counts) if count is not None]
        return self.counts[known[0]:known[-1] + 1]

    def owed(self, names):
        values = [count for count in self.counts if count is not None]
        if len(values) < 2 or not any(values):
            return self.need(not names, "a paragraph on nothing")
        if max(values) < FEW:
            return self.need(names == {"few"}, "more than a count of few tickets")
        self.need(names & {"all", "alone", "most"}, "no maximum")
        doubling = self.doubling()
        self.need(len(self.doubled) == min(NAMED, len(doubling)), f"{len(doubling)} double, {len(self.doubled)} have numbers")
        self.need(self.doubled.keys() <= doubling.keys(), f"doubles: {self.doubled}, not {doubling}")
        self.need(self.others == len(doubling) - len(self.doubled), f"{self.others} further months of {len(doubling)}")
        left = [change for month, change in doubling.items() if month not in self.doubled]
        self.need(not left or max(left) <= min(self.doubled.values(), default=0), "a larger doubling is without numbers")
        if names & {"all", "alone"} or len(self.some) < SHORT:
            return None
        if self.is_even():
            return self.need("stable" in names and "run" not in names, "stable and not called so")
        runs = self.runs()
        self.need(("run" in names) == bool(runs), f"runs {runs}")
        if runs and "run" in names:
            longest = max(last - first for first, last in runs)
            self.need(self.run[:2] in runs and self.run[1] - self.run[0] == longest, "not the longest run")
            return self.owed_after(names)
        bent = not self.gaps() and len(self.whole) >= SHAPED and (self.is_bent(1) or self.is_bent(-1))
        self.need(("shape" in names) == bent, "a shape")
        self.need(("drift" in names) == (not bent and self.is_drift()), "a trend")
        return None

    def owed_after(self, names):
        _, last, up = self.run
        after = self.counts[last:last + 1]
        change = after[0] / self.counts[last - 1] - 1 if after and after[0] else 0
        back = -change if up else change
        self.need("turn" in names or "onward" in names or "stable" in names or back < SLIGHT, "a turn that is not named")
        peak = max(self.some, key=lambda month: (self.some[month], -month))
        self.need(peak <= last or peak in self.named or "stable" in names, "a course that hides the year's maximum")
        rising = self.counts[last - 1:peak]
        steps = [b / a - 1 for a, b in pairwise(rising)] if all(rising) else [-1]
        goes_on = up and peak > last and min(steps) > -SLIGHT and rising[-1] / rising[0] - 1 >= SLIGHT
        self.need("onward" in names or not goes_on, "rises on and is not said to")
        rest = self.counts[last - 1:]
        if up and not goes_on and len(rest) > SHORT and all(rest):
            mean = sum(rest) / len(rest)
            even = all(abs(count - mean) <= LEVEL * mean for count in rest)
            self.need(("stable" in names) == even, "stays stable and is not said to")

    def gaps(self):
        return any(not count for count in self.whole)

    def is_even(self):
        if self.gaps():
            return False
        mean = sum(self.whole) / len(self.whole)
        return all(abs(count - mean) <= LEVEL * mean for count in self.whole)

    def runs(self):
        """All (first, last) of months that go one way as far as they do, long and large enough."""
        found, length = set(), LONG if len(self.counts) >= LONG else SHORT
        for sign in (1, -1):
            first = 0
            for place in range(1, len(self.counts) + 1):
                pair = self.counts[place - 1:place + 1]
                if len(pair) < 2 or not all(pair) or sign * (pair[1] - pair[0]) <= 0:
                    if place - first >= length and abs(self.counts[place - 1] / self.counts[first] - 1) >= SLIGHT:
                        found.add((first + 1, place))
                    first = place
        return found

    def doubling(self):
        """Return the months that double, and by how much against what a sentence compares them with."""
        found = {}
        for month, count in self.some.items():
            before, others = self.some.get(month - 1), [value for other, value in self.some.items() if other != month]
            if count < FEW:
                continue
            if before and count >= DOUBLE * before:
                found[month] = count / before - 1
            elif len(others) >= 2 and count * len(others) >= DOUBLE * sum(others):
                found[month] = count * len(others) / sum(others) - 1
        return found

    def is_bent(self, sign):
        values = np.array([float(sign * count) for count in self.whole])
        top, last = int(values.argmax()), len(values) - 1
        if not 2 <= top <= last - 2:
            return False
        sides = [values[:top + 1], values[:top], -values[top:], -values[top + 1:]]
        ends = [abs(self.whole[end] / self.whole[top] - 1) for end in (0, last)]
        return all(slope(side) > 0 for side in sides) and min(ends) >= CLEAR

    def is_drift(self):
        if self.gaps() or len(self.whole) < SHAPED:
            return False
        values, third = np.array([float(count) for count in self.whole]), len(self.whole) // 3
        correlated = np.corrcoef(np.arange(len(values)), values)[0, 1]
        if abs(correlated) < CORRELATED:
            return False
        turned = values if correlated > 0 else -values
        size = sum(self.whole[-third:]) / sum(self.whole[:third]) - 1
        return bool(turned.argmax() >= third and turned.argmin() < len(values) - third
                    and (size if correlated > 0 else -size) >= CLEAR)


def slope(values):
    """The slope of the least-squares line, up to its sign and scale, without rounding errors that turn it."""
    places = np.arange(len(values)) * 2 - (len(values) - 1)
    return float((places * values).sum())
