//! Every rule of serde's by which names change, for fields, variants and the fields of variants.

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "renamed.example.com", version = "v1", kind = "Renamed")]
#[serde(rename_all = "camelCase")]
pub struct RenamedSpec {
    pub lower: Lower,
    pub upper: Upper,
    pub pascal: Pascal,
    pub camel: Camel,
    pub snake: Snake,
    pub screaming_snake: ScreamingSnake,
    pub kebab: Kebab,
    pub screaming_kebab: ScreamingKebab,
    pub lower_choice: LowerChoice,
    pub upper_choice: UpperChoice,
    pub pascal_choice: PascalChoice,
    pub camel_choice: CamelChoice,
    pub snake_choice: SnakeChoice,
    pub screaming_snake_choice: ScreamingSnakeChoice,
    pub kebab_choice: KebabChoice,
    pub screaming_kebab_choice: ScreamingKebabChoice,
    #[serde(rename = "from 1. to $2")]
    #[k8s(column(name = "Renamed"))]
    pub renamed: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "lowercase")]
pub struct Lower {
    #[k8s(column(name = "Lower"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "lowercase", rename_all_fields = "lowercase")]
pub enum LowerChoice {
    FirstWay {
        #[k8s(column(name = "Lower 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "Lower 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "UPPERCASE")]
pub struct Upper {
    #[k8s(column(name = "Upper"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "UPPERCASE", rename_all_fields = "UPPERCASE")]
pub enum UpperChoice {
    FirstWay {
        #[k8s(column(name = "Upper 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "Upper 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "PascalCase")]
pub struct Pascal {
    #[k8s(column(name = "Pascal"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "PascalCase", rename_all_fields = "PascalCase")]
pub enum PascalChoice {
    FirstWay {
        #[k8s(column(name = "Pascal 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "Pascal 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Camel {
    #[k8s(column(name = "Camel"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CamelChoice {
    FirstWay {
        #[k8s(column(name = "Camel 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "Camel 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "snake_case")]
pub struct Snake {
    #[k8s(column(name = "Snake"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum SnakeChoice {
    FirstWay {
        #[k8s(column(name = "Snake 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "Snake 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct ScreamingSnake {
    #[k8s(column(name = "ScreamingSnake"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "SCREAMING_SNAKE_CASE"
)]
pub enum ScreamingSnakeChoice {
    FirstWay {
        #[k8s(column(name = "ScreamingSnake 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "ScreamingSnake 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Kebab {
    #[k8s(column(name = "Kebab"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum KebabChoice {
    FirstWay {
        #[k8s(column(name = "Kebab 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "Kebab 2"))] i32),
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub struct ScreamingKebab {
    #[k8s(column(name = "ScreamingKebab"), selectable)]
    pub two_words: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[serde(
    rename_all = "SCREAMING-KEBAB-CASE",
    rename_all_fields = "SCREAMING-KEBAB-CASE"
)]
pub enum ScreamingKebabChoice {
    FirstWay {
        #[k8s(column(name = "ScreamingKebab 1"), immutable)]
        three_more_words: String,
    },
    OtherWay(#[k8s(column(name = "ScreamingKebab 2"))] i32),
}

fn main() {}
