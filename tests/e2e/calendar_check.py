"""Times of schedules by other programs than ours, and by other ways of thinking.

Cron is a loop over minutes here, as a cron daemon would see them pass; OnCalendar is asked of systemd-analyze.
"""

import datetime
import re
import subprocess
import zoneinfo

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()
SHORTHANDS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
              "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *"}


def zone_of(name):
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return datetime.timezone(datetime.timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    return zoneinfo.ZoneInfo(name)


def number_of(text, names, first):
    return names.index(text[:3].lower()) + first if names and text[0].isalpha() else int(text)


def values_of(field, low, high, names=(), first=0):
    """The values of one field, as a set of numbers."""
    values = set()
    for part in field.split(","):
        part, _, step = part.partition("/")
        if part == "*":
            begin, end = low, high
        else:
            begin, _, end = part.partition("-")
            begin = number_of(begin, names, first)
            end = number_of(end, names, first) if end else begin
            if end < begin and names is WEEKDAYS and end == 0:
                end = 7
        values.update(range(begin, end + 1, int(step or 1)))
    return values


class Cron:
    def __init__(self, expression):
        fields = SHORTHANDS.get(expression.lower(), expression).split()
        assert len(fields) == 5, expression
        self.minutes = values_of(fields[0], 0, 59)
        self.hours = values_of(fields[1], 0, 23)
        self.days = values_of(fields[2], 1, 31)
        self.months = values_of(fields[3], 1, 12, MONTHS, 1)
        self.weekdays = {day % 7 for day in values_of(fields[4], 0, 7, WEEKDAYS)}
        self.either = fields[2][0] != "*" and fields[4][0] != "*"
        self.every_hour = len(self.hours) == 24
        self.far_days = {}

    def has_day(self, day):
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_month or by_week if self.either else by_month and by_week

    def has(self, local):
        return local.minute in self.minutes and local.hour in self.hours and self.has_day(local)

    def times(self, zone, after, count):
        """The next times with 'g' for one that stands for others in a gap and 'r' for one that clocks show twice."""
        found = []
        now = after.replace(second=0, microsecond=0) + (MINUTE if after.second == 0 else datetime.timedelta())
        now = now if now > after else now + MINUTE
        # What clocks have shown so far: they may just have been set back.
        shown = max(self.show(zone, now - MINUTE * minutes) for minutes in range(1, 26 * 60))
        while len(found) < count and now.year < 2199:
            local = self.show(zone, now)
            if self.is_far(local):
                now += DAY
                shown = self.show(zone, now - MINUTE)
                continue
            note = self.note_at(zone, now, local, shown)
            if note is not None:
                found.append((now, note))
            shown = max(shown, local)
            now += MINUTE
        return found

    @staticmethod
    def show(zone, now):
        return now.astimezone(zone).replace(tzinfo=None, fold=0)

    def is_far(self, local):
        """No time within two days: then a day can be left out, and clocks are set by the next day that is not."""
        date = local.date()
        if date not in self.far_days:
            self.far_days[date] = not any(self.has_day(date + DAY * days) for days in (-1, 0, 1, 2))
        return self.far_days[date]

    def note_at(self, zone, now, local, shown):
        if self.every_hour:
            return self.repeated(zone, now) if self.has(local) else None
        if local > shown and self.has(local):
            return self.repeated(zone, now)
        skipped = shown + MINUTE
        while skipped < local:
            if self.has(skipped):
                return "g"
            skipped += MINUTE
        return None

    def repeated(self, zone, now):
        local = self.show(zone, now)
        instants = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        return "r" if len(instants) == 2 and all(self.show(zone, instant) == local for instant in instants) else ""


def systemd_times(expression, zone, after, count):
    """What systemd-analyze says, in UTC."""
    has_zone = re.search(r" [A-Za-z_]+(/[A-Za-z_+0-9-]+)*$", expression) and expression.split()[-1][:3].lower() not in WEEKDAYS
    whole = expression if has_zone or expression[0] == "@" else f"{expression} {zone}"
    command = ["systemd-analyze", "calendar", f"--iterations={count}", f"--base-time={after:%Y-%m-%d %H:%M:%S}", whole]
    done = subprocess.run(command, capture_output=True, text=True, env={"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                          check=False)
    if done.returncode != 0:
        return None
    found = re.findall(r"(?:Next elapse|Iter\. #\d+): \w{3} (\S+ \S+) UTC", done.stdout)
    return [datetime.datetime.fromisoformat(text).replace(tzinfo=UTC) for text in found]
