"""Regions, services and days that are tried in place of the right one. How they go wrong lies beside."""

from __future__ import annotations

from datetime import timedelta

from voicectl.explain.attempt import Attempt
from voicectl.signing import times

_REGIONS = {
    "aws": """
        us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2
        eu-north-1 eu-south-1 eu-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-northeast-1
        ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-east-1 ca-central-1 sa-east-1 me-south-1
        me-central-1 af-south-1 il-central-1 ap-southeast-4 ap-southeast-5 ap-southeast-7 ap-east-2 ca-west-1
        mx-central-1 cn-north-1 cn-northwest-1 us-gov-west-1 us-gov-east-1
        aws-global global auto
    """,
    "aliyun": """
        cn-hangzhou cn-shanghai cn-beijing cn-shenzhen cn-qingdao cn-zhangjiakou cn-huhehaote
        cn-wulanchabu cn-heyuan cn-guangzhou cn-chengdu cn-nanjing cn-fuzhou cn-hongkong ap-southeast-1
        ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-northeast-1 ap-northeast-2 ap-south-1 us-east-1
        us-west-1 eu-central-1 eu-west-1 me-east-1 me-central-1 cn-wuhan-lr ap-southeast-6 ap-southeast-7
    """,
    "volcengine": """
        cn-north-1 cn-beijing cn-shanghai cn-guangzhou cn-hongkong ap-singapore-1 ap-southeast-1
        ap-southeast-2 ap-southeast-3 cn-east-1 cn-south-1 cn-beijing2 us-east-1 cn-hangzhou
    """,
    "tos": """
        cn-beijing cn-shanghai cn-guangzhou cn-hongkong ap-southeast-1 ap-southeast-3 cn-north-1
        us-east-1
    """,
    "tencent": """
        ap-guangzhou ap-shanghai ap-beijing ap-chengdu ap-nanjing ap-hongkong ap-singapore
        na-siliconvalley eu-frankfurt
    """,
}
_REGIONS_ELSEWHERE = """
    default undefined null None region * us-east-1 us-west-2 eu-west-1 cn-hangzhou cn-shanghai cn-beijing
    cn-north-1 ap-guangzhou ap-southeast-1
"""
_SERVICES = {
    "aws": """
        polly transcribe s3 execute-api sts iam connect lex lambda sns sqs ses email dynamodb ec2 chime
        sms-voice transcribestreaming translate comprehend bedrock bedrock-runtime cloudwatch monitoring
        logs es aoss apigateway appsync iotdata events ssm states
        sagemaker kinesis kms secretsmanager runtime.lex voice-chime synthesize speech
        voice AmazonPolly
    """,
    "aliyun": "oss s3 oss-cn OSS sts nls dyvmsapi",
    "volcengine": """
        vms cloud-vms open sts iam speech_saas_prod speech sami tts asr cv ml_maas ark rtc imagex vod
        sms volcSMS billing ecs tos volc_voice_notify volc_secret_number
    """,
    "tos": "tos s3",
    "tencent": "tts asr vms sms sts cvm cam cos vod trtc tmt nlp hunyuan soe cls scf aai lke",
}


def _family(scheme: str) -> str:
    start = scheme.partition("-")[0]
    return {"tos4": "tos"}.get(start, start)


def regions(attempt: Attempt) -> list[str]:
    """Return regions that may have been signed with: the vendor's, and spellings of the right one."""
    right = attempt.context.region or attempt.claims.region
    family = _family(attempt.scheme.scheme)
    wanted = [right, attempt.claims.region, *_REGIONS.get(family, "").split()]
    if family == "aliyun":
        wanted += [f"oss-{region}" for region in wanted if region and not region.startswith("oss-")]
    if right:
        wanted += [
            right.upper(),
            f"oss-{right}",
            right.removeprefix("oss-"),
            f"s3-{right}",
            f"tos-{right}",
            f"{right}a",
            f"{right}b",
            f"{right}-internal",
            right.replace("-", "_"),
            right.replace("-", ""),
            right.title(),
            f"{right} ",
            right.rpartition("-")[0],
        ]
    return list(dict.fromkeys([*wanted, *_REGIONS_ELSEWHERE.split()]) | {"": None})


def services(attempt: Attempt) -> list[str]:
    """Return services that may have been signed with: the vendor's, and spellings of the right one."""
    right = attempt.context.service or attempt.claims.service
    host = attempt.request.host.partition(":")[0]
    labels = host.split(".")
    wanted = [right, attempt.claims.service, *_SERVICES.get(_family(attempt.scheme.scheme), "").split()]
    if right:
        wanted += [
            right.upper(),
            right.title(),
            f"{right} ",
            f"runtime.{right}",
            right.removeprefix("runtime."),
        ]
    wanted += [*labels[:3], ".".join(labels[:2]), host]
    elsewhere = ("s3", "polly", "tts", "vms", "sts", "oss", "execute-api", "iam")
    return list(dict.fromkeys([*wanted, *elsewhere, "", "undefined", "null", "None", "service"]))


def dates_near(date: str) -> list[str]:
    """Return the days around a scope's day, in its own spelling; local time may be a day off."""
    write = times.iso_date if "-" in date else times.basic_date
    day = times.by_form("%Y-%m-%d" if "-" in date else "%Y%m%d")(date)
    if day == times.UNKNOWN:
        return []
    return [write(day + timedelta(days=days)) for days in (1, -1, 2, -2)]


def spellings_of_day(attempt: Attempt) -> list[str]:
    """Return the time of the signature as others would write its day."""
    now = attempt.claims.moment.now
    if now == times.UNKNOWN:
        return []
    day = f"{now.year:04}{now.month:02}{now.day:02}"
    iso = f"{now.year:04}-{now.month:02}-{now.day:02}"
    spelled = [
        day,
        iso,
        times.basic_time(now),
        times.iso_time(now),
        times.unix_seconds(now),
        day[2:],
        f"{now.year:04}/{now.month:02}/{now.day:02}",
        f"{now.year}{now.month}{now.day}",
        f"{now.year}-{now.month}-{now.day}",
        f"{now.year:04}{now.day:02}{now.month:02}",
        f"{now.day:02}{now.month:02}{now.year:04}",
        f"{now.year:04}{now.month:02}",
        times.http_date(now),
        attempt.claims.timestamp,
        "",
    ]
    return list(dict.fromkeys(spelled))
